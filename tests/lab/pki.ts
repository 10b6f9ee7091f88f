import { chmod, chown, copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { groupId } from './accounts.ts';
import { mustRun } from './command.ts';
import { caDir, hosts, type HostLayout, type HostName, stateDir, workstationPkiDir } from './layout.ts';

export type AuthorityName = 'lab' | 'other';
export type Usage = 'server' | 'client';
/** QEMU's certificates protect a guest's data, libvirt's the daemon's TLS port. */
export type Purpose = 'qemu' | 'libvirt';

export interface CertificateOptions {
  /** Which certificates are replaced; default both. */
  purposes?: readonly Purpose[];
  /** Names in the certificates; default FQDN and short name. The first one is also the common name. */
  names?: readonly string[];
  /** Default the host's own addresses, of both families. */
  addresses?: readonly string[];
  /** Who signs; default the lab's authority. */
  ca?: AuthorityName;
  /** Whose certificate the host is told to trust; default the lab's, whoever signs. */
  trust?: AuthorityName;
  /** Default an hour ago. */
  notBefore?: Date;
  /** Default in a year. */
  notAfter?: Date;
  /** What the server's certificate is said to be good for; default `server`. */
  serverUsages?: readonly Usage[];
  /** What the client's certificate is said to be good for; default `client`. */
  clientUsages?: readonly Usage[];
  /** Of the RSA key; default 3072. */
  keyBits?: number;
  /** With what it is signed; default what certtool thinks best. */
  hash?: 'SHA1';
  /** Further lines of certtool's template, as `add_critical_extension`. */
  furtherLines?: readonly string[];
}

interface Subject {
  commonName: string;
  names: readonly string[];
  addresses: readonly string[];
  usages: readonly Usage[];
  notBefore: Date;
  notAfter: Date;
  hash?: 'SHA1';
  furtherLines?: readonly string[];
}

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
const LEAF_KEY_BITS = 3072;

/** Makes the lab's own authority and the workstation's client certificate. */
export async function makeAuthority(): Promise<void> {
  await rm(caDir, { recursive: true, force: true });
  await authorityDir('lab');
}

/** @returns the folder with `ca-cert.pem` and `ca-key.pem` of an authority, made when first asked for */
export async function authorityDir(name: AuthorityName): Promise<string> {
  const dir = join(caDir, name);
  if (existsSync(join(dir, 'ca-cert.pem'))) return dir;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const key = join(dir, 'ca-key.pem');
  await makeKey(key);
  const commonName = name === 'lab' ? 'Viaduct Lab CA' : 'Some Other CA';
  const now = Date.now();
  const template = [
    `cn = "${commonName}"`,
    'ca',
    'cert_signing_key',
    'crl_signing_key',
    `activation_date = "${certtoolTime(new Date(now - HOUR_MS))}"`,
    `expiration_date = "${certtoolTime(new Date(now + 5 * YEAR_MS))}"`,
  ];
  await withTemplate(template, (file) =>
    certtool(['--generate-self-signed', '--load-privkey', key, '--template', file], join(dir, 'ca-cert.pem')),
  );
  return dir;
}

export async function issueWorkstationCertificate(): Promise<void> {
  await rm(workstationPkiDir, { recursive: true, force: true });
  await mkdir(workstationPkiDir, { recursive: true, mode: 0o700 });
  const key = join(workstationPkiDir, 'clientkey.pem');
  await makeKey(key);
  const certificate = join(workstationPkiDir, 'clientcert.pem');
  await sign('lab', key, { ...defaults(), commonName: 'workstation', usages: ['client'] }, certificate);
  await copyFile(join(await authorityDir('lab'), 'ca-cert.pem'), join(workstationPkiDir, 'cacert.pem'));
}

/**
 * Gives a host new certificates, good ones or ones with a fault chosen by the caller; new files are used from
 * the next migration on. The libvirt daemon goes on with the old ones until told otherwise.
 */
export async function issueHostCertificates(name: HostName, options: CertificateOptions = {}): Promise<void> {
  const host = hosts[name];
  const names = options.names ?? [host.fqdn, host.name];
  const subject: Omit<Subject, 'usages'> = {
    ...defaults(),
    commonName: names[0] ?? host.fqdn,
    names,
    addresses: options.addresses ?? [host.address, host.address6],
    ...(options.notBefore && { notBefore: options.notBefore }),
    ...(options.notAfter && { notAfter: options.notAfter }),
    ...(options.hash && { hash: options.hash }),
    ...(options.furtherLines && { furtherLines: options.furtherLines }),
  };
  const signer = options.ca ?? 'lab';
  const dir = await mkdtemp(join(stateDir, 'issue-'));
  const file = (part: string): string => join(dir, part);
  try {
    await makeKey(file('key.pem'), options.keyBits);
    await authorityDir(signer);
    await Promise.all([
      sign(
        signer,
        file('key.pem'),
        { ...subject, usages: options.serverUsages ?? ['server'] },
        file('server.pem'),
      ),
      sign(
        signer,
        file('key.pem'),
        { ...subject, usages: options.clientUsages ?? ['client'] },
        file('client.pem'),
      ),
      copyFile(join(await authorityDir(options.trust ?? 'lab'), 'ca-cert.pem'), file('ca.pem')),
    ]);
    const purposes = options.purposes ?? ['qemu', 'libvirt'];
    if (purposes.includes('qemu')) await installQemuSet(host, dir);
    if (purposes.includes('libvirt')) await installLibvirtSet(host, dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** QEMU reads its files after it has dropped root: the key belongs to its group. */
async function installQemuSet(host: HostLayout, issued: string): Promise<void> {
  const dir = join(host.root, 'etc/pki/qemu');
  const group = await groupId(host, 'libvirt-qemu');
  await makeDir(join(host.root, 'etc/pki'), 0o755);
  await makeDir(dir, 0o750, group);
  await install(join(issued, 'ca.pem'), join(dir, 'ca-cert.pem'), 0o644);
  for (const usage of ['server', 'client'] as const) {
    await install(join(issued, `${usage}.pem`), join(dir, `${usage}-cert.pem`), 0o644);
    await install(join(issued, 'key.pem'), join(dir, `${usage}-key.pem`), 0o640, group);
  }
}

async function installLibvirtSet(host: HostLayout, issued: string): Promise<void> {
  const pki = join(host.root, 'etc/pki');
  for (const part of ['', 'CA', 'libvirt', 'libvirt/private']) await makeDir(join(pki, part), 0o755);
  await install(join(issued, 'ca.pem'), join(pki, 'CA/cacert.pem'), 0o644);
  for (const usage of ['server', 'client'] as const) {
    await install(join(issued, `${usage}.pem`), join(pki, `libvirt/${usage}cert.pem`), 0o644);
    await install(join(issued, 'key.pem'), join(pki, `libvirt/private/${usage}key.pem`), 0o600);
  }
}

async function makeDir(dir: string, mode: number, gid = 0): Promise<void> {
  await mkdir(dir, { recursive: true });
  await chown(dir, 0, gid);
  await chmod(dir, mode);
}

async function install(from: string, to: string, mode: number, gid = 0): Promise<void> {
  await writeFile(`${to}.new`, await readFile(from), { mode: 0o600 });
  await chown(`${to}.new`, 0, gid);
  await chmod(`${to}.new`, mode);
  await rename(`${to}.new`, to);
}

function defaults(): Omit<Subject, 'commonName' | 'usages'> {
  const now = Date.now();
  return { names: [], addresses: [], notBefore: new Date(now - HOUR_MS), notAfter: new Date(now + YEAR_MS) };
}

async function makeKey(file: string, keyBits = LEAF_KEY_BITS): Promise<void> {
  const bits = `rsa_keygen_bits:${keyBits}`;
  await mustRun(['openssl', 'genpkey', '-quiet', '-algorithm', 'RSA', '-pkeyopt', bits, '-out', file]);
  await chmod(file, 0o600);
}

async function sign(ca: AuthorityName, key: string, subject: Subject, certificate: string): Promise<void> {
  const authority = await authorityDir(ca);
  const template = [
    `cn = "${subject.commonName}"`,
    ...subject.names.map((name) => `dns_name = "${name}"`),
    ...subject.addresses.map((address) => `ip_address = "${address}"`),
    'signing_key',
    'encryption_key',
    ...subject.usages.map((usage) => `tls_www_${usage}`),
    ...(subject.furtherLines ?? []),
    `activation_date = "${certtoolTime(subject.notBefore)}"`,
    `expiration_date = "${certtoolTime(subject.notAfter)}"`,
  ];
  const ours = ['--load-ca-certificate', join(authority, 'ca-cert.pem')];
  ours.push('--load-ca-privkey', join(authority, 'ca-key.pem'));
  if (subject.hash !== undefined) ours.push('--hash', subject.hash);
  await withTemplate(template, (file) =>
    certtool(['--generate-certificate', '--load-privkey', key, ...ours, '--template', file], certificate),
  );
}

async function certtool(args: readonly string[], outfile: string): Promise<void> {
  await mustRun(['certtool', ...args, '--outfile', outfile], { env: { TZ: 'UTC' } });
}

async function withTemplate(lines: readonly string[], use: (file: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(stateDir, 'template-'));
  try {
    const file = join(dir, 'template');
    await writeFile(file, lines.map((line) => `${line}\n`).join(''));
    await use(file);
  } finally {
    await rm(dir, { recursive: true });
  }
}

function certtoolTime(time: Date): string {
  return time.toISOString().replace('T', ' ').slice(0, 19);
}
