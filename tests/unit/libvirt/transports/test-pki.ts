import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface KeyPair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

interface LeafOptions {
  readonly commonName: string;
  readonly usage: 'serverAuth' | 'clientAuth';
  readonly subjectAltName?: string;
  /** Already over since yesterday. */
  readonly expired?: boolean;
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}

/** A certificate authority made with openssl in a folder of its own. */
export class TestCa {
  readonly folder: string;
  #leaves = 0;

  constructor(folder: string, name: string) {
    this.folder = join(folder, name.replaceAll(' ', '-'));
    mkdirSync(this.folder);
    const [key, cert] = [join(this.folder, 'ca.key'), this.certPath];
    openssl(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '30',
      '-subj',
      `/CN=${name}`,
      '-addext',
      'keyUsage=critical,keyCertSign,cRLSign',
      '-keyout',
      key,
      '-out',
      cert,
    );
    writeFileSync(join(this.folder, 'index.txt'), '');
    writeFileSync(join(this.folder, 'serial'), '1000\n');
    writeFileSync(join(this.folder, 'crlnumber'), '01\n');
    writeFileSync(
      this.#config,
      `[ca]\ndefault_ca=d\n[d]\ndatabase=${this.folder}/index.txt\nserial=${this.folder}/serial\n` +
        `crlnumber=${this.folder}/crlnumber\nnew_certs_dir=${this.folder}\ncertificate=${cert}\nprivate_key=${key}\n` +
        'default_md=sha256\ndefault_crl_days=30\npolicy=p\nunique_subject=no\ncopy_extensions=copy\n[p]\ncommonName=supplied\n',
    );
  }

  get certPath(): string {
    return join(this.folder, 'cacert.pem');
  }

  get #config(): string {
    return join(this.folder, 'ca.cnf');
  }

  issue(options: LeafOptions): KeyPair & { certPath: string } {
    const base = join(this.folder, `leaf${this.#leaves++}`);
    const [key, csr, cert] = [`${base}.key`, `${base}.csr`, `${base}.pem`];
    const extensions = [`extendedKeyUsage=${options.usage}`];
    if (options.subjectAltName !== undefined) extensions.push(`subjectAltName=${options.subjectAltName}`);
    openssl(
      'req',
      '-new',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      `/CN=${options.commonName}`,
      ...extensions.flatMap((text) => ['-addext', text]),
      '-keyout',
      key,
      '-out',
      csr,
    );
    const dates =
      options.expired === true
        ? ['-startdate', '20200101000000Z', '-enddate', '20200102000000Z']
        : ['-days', '20'];
    openssl('ca', '-batch', '-notext', '-config', this.#config, ...dates, '-in', csr, '-out', cert);
    return { cert: readFileSync(cert), key: readFileSync(key), certPath: cert };
  }

  revocationList(...revoked: { certPath: string }[]): Buffer {
    for (const { certPath } of revoked) openssl('ca', '-config', this.#config, '-revoke', certPath);
    const crl = join(this.folder, 'crl.pem');
    openssl('ca', '-config', this.#config, '-gencrl', '-out', crl);
    return readFileSync(crl);
  }
}

/** Writes a flat folder as `pkipath` expects it. */
export function writePkipath(folder: string, ca: TestCa, client?: KeyPair, crl?: Buffer): string {
  mkdirSync(folder);
  writeFileSync(join(folder, 'cacert.pem'), readFileSync(ca.certPath));
  if (client !== undefined) {
    writeFileSync(join(folder, 'clientcert.pem'), client.cert);
    writeFileSync(join(folder, 'clientkey.pem'), client.key, { mode: 0o600 });
  }
  if (crl !== undefined) writeFileSync(join(folder, 'cacrl.pem'), crl);
  return folder;
}
