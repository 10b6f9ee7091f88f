import { chmod, chown, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { plainKeyPem } from '../../../electron/pki/encrypted-key.ts';
import { AuthorityStore } from '../../../electron/pki/authority-store.ts';
import type { Purpose } from '../../../electron/pki/inspect-usage.ts';
import { issueCertificate } from '../../../electron/pki/issue.ts';
import { type KeyKind, makeKeyPair } from '../../../electron/pki/key-kinds.ts';
import type { IssuedEntry } from '../../../electron/pki/ledger-entries.ts';
import { Passphrase } from '../../../electron/pki/passphrase.ts';
import { revokeCertificates } from '../../../electron/pki/revoke.ts';
import { type UnlockedAuthority, unlockAuthority } from '../../../electron/pki/unlocked-authority.ts';
import { groupId } from '../accounts.ts';
import type { HostLayout } from '../layout.ts';

export type Tree = 'libvirt' | 'qemu';

/** What differs from a good certificate. */
export interface Leaf {
  key?: KeyKind;
  names?: readonly string[];
  /** Default what it is used as; another one is marked critical all the same. */
  good?: readonly Purpose[];
  /** As if it was made then; of a life of a day. */
  madeAt?: Date;
}

export interface MadeLeaf {
  key: string;
  certificate: string;
  entry: IssuedEntry;
}

const files = {
  libvirt: {
    authority: 'CA/cacert.pem',
    revocations: 'CA/cacrl.pem',
    server: ['libvirt/servercert.pem', 'libvirt/private/serverkey.pem'],
    client: ['libvirt/clientcert.pem', 'libvirt/private/clientkey.pem'],
  },
  qemu: {
    authority: 'qemu/ca-cert.pem',
    revocations: 'qemu/ca-crl.pem',
    server: ['qemu/server-cert.pem', 'qemu/server-key.pem'],
    client: ['qemu/client-cert.pem', 'qemu/client-key.pem'],
  },
} as const;

/** Certificates made by Viaduct's own functions and put on hosts by the lab: good ones, and bad ones on purpose. */
export class CertificateMaker implements AsyncDisposable {
  readonly #home: string;
  readonly #passphrase = new Passphrase('of the maker');
  readonly #unlocked: UnlockedAuthority;

  static async start(name: string, key: KeyKind): Promise<CertificateMaker> {
    const home = await mkdtemp(join(tmpdir(), 'viaduct-maker-'));
    const passphrase = new Passphrase('of the maker');
    // Old enough to have made certificates that have expired since.
    const store = new AuthorityStore(home, () => new Date(Date.now() - 30 * 86_400_000));
    const authority = await store.create({ name, key, passphrase });
    return new CertificateMaker(home, await unlockAuthority(authority, passphrase));
  }

  private constructor(home: string, unlocked: UnlockedAuthority) {
    this.#home = home;
    this.#unlocked = unlocked;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unlocked.lock();
    await rm(this.#home, { recursive: true });
  }

  get authorityPem(): string {
    return this.#unlocked.authority.certificate.pem;
  }

  async make(host: HostLayout, tree: Tree, use: Purpose, leaf: Leaf = {}): Promise<MadeLeaf> {
    const { key = 'rsa3072', names = [host.fqdn, host.name], good = [use], madeAt } = leaf;
    const pair = await makeKeyPair(key);
    const addresses = leaf.names === undefined ? [host.address, host.address6] : [];
    const order = {
      host: host.fqdn,
      usedBy: tree,
      purposes: good,
      names: { dnsNames: names, ipAddresses: addresses },
      ...(madeAt && { days: 1 }),
    };
    const { authority } = this.#unlocked;
    const signer = madeAt
      ? await unlockAuthority(authority, this.#passphrase, { clock: () => madeAt })
      : this.#unlocked;
    const { pem, entry } = await issueCertificate(signer, order, pair.publicKey);
    if (signer !== this.#unlocked) signer.lock();
    return { key: plainKeyPem(pair.privateKey), certificate: pem, entry };
  }

  /** @returns the revocation list */
  revoke({ entry }: MadeLeaf): Promise<string> {
    return revokeCertificates(this.#unlocked, [entry.serial], 'unspecified');
  }

  /** A whole good set in a tree, of one kind of key. */
  async equip(host: HostLayout, tree: Tree, key: KeyKind = 'rsa3072'): Promise<void> {
    await trust(host, tree, this.authorityPem);
    for (const use of ['server', 'client'] as const) {
      await place(host, tree, use, await this.make(host, tree, use, { key }));
    }
  }
}

export async function trust(host: HostLayout, tree: Tree, authorityPem: string): Promise<void> {
  await put(host, tree, files[tree].authority, authorityPem, 0o644);
  await rm(join(host.root, 'etc/pki', files[tree].revocations), { force: true });
}

export async function trustRevocations(host: HostLayout, tree: Tree, list: string): Promise<void> {
  await put(host, tree, files[tree].revocations, list, 0o644);
}

export async function place(
  host: HostLayout,
  tree: Tree,
  use: Purpose,
  { key, certificate }: Pick<MadeLeaf, 'key' | 'certificate'>,
): Promise<void> {
  const [certificatePath, keyPath] = files[tree][use];
  await put(host, tree, certificatePath, certificate, 0o644);
  await put(host, tree, keyPath, key, tree === 'qemu' ? 0o640 : 0o600);
}

/** The folders are those that the lab made; QEMU's key belongs to its group. */
async function put(host: HostLayout, tree: Tree, path: string, text: string, mode: number): Promise<void> {
  const file = join(host.root, 'etc/pki', path);
  const isQemuKey = tree === 'qemu' && path.includes('key');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.made`, text, { mode: 0o600 });
  await chown(`${file}.made`, 0, isQemuKey ? await groupId(host, 'libvirt-qemu') : 0);
  await chmod(`${file}.made`, mode);
  await rename(`${file}.made`, file);
}
