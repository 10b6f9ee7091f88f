import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { syncFolder, writeFileAtomically } from '../common/atomic-file.ts';
import { BadInputError } from '../common/errors.ts';
import { parseCertificates } from '../pki/certificate.ts';
import { plainKeyPem } from '../pki/encrypted-key.ts';
import { issueCertificate } from '../pki/issue.ts';
import { makeKeyPair } from '../pki/key-kinds.ts';
import type { IssuedEntry } from '../pki/ledger-entries.ts';
import { certificateNames } from '../pki/names.ts';
import type { UnlockedAuthority } from '../pki/unlocked-authority.ts';
import type { Issuer } from './deploy.ts';
import { trustIn } from './trust.ts';

/** Where libvirt looks below `pkipath` (its docs/uri.rst). */
export const clientFiles = {
  authority: 'cacert.pem',
  revocations: 'cacrl.pem',
  certificate: 'clientcert.pem',
  key: 'clientkey.pem',
} as const;

export interface ClientOrder {
  /** What the workstation is called, in the certificate as well. */
  name: string;
  days: number | undefined;
  /** The folder to put it in; default `client-certificates/NAME` of the state folder. */
  output: string | undefined;
}

export interface ClientCertificate {
  folder: string;
  entry: IssuedEntry;
  /** Where what was in the folder before is now. */
  backup: string | undefined;
}

/** Where what is made for a workstation is put, if nothing else is asked for. */
export function clientFolder(home: string, called: string): string {
  return join(home, 'client-certificates', called);
}

/** How a host is reached with what is in such a folder. */
export function clientUri(host: string, folder: string, port?: number): string {
  const authority = `${host.includes(':') ? `[${host}]` : host}${port === undefined ? '' : `:${port}`}`;
  return `qemu+tls://${authority}/system?pkipath=${encodeURIComponent(folder).replaceAll('%2F', '/')}`;
}

/**
 * Issues a certificate by which this workstation is let in over `qemu+tls`, with a key of its own that is made here.
 * The folder has mode 0700 and appears with all that belongs into it; what it held before is kept beside it.
 *
 * The key is RSA, because a daemon of libvirt before 11.6 demands it of its clients as well.
 *
 * @throws BadInputError `bad-certificate-name`, `client-name-taken`, `client-folder-foreign`, `bad-life`; {PkiError}.
 */
export async function issueClientCertificate(
  { store, unlocked }: Pick<Issuer, 'store' | 'unlocked'>,
  home: string,
  { name, days, output }: ClientOrder,
): Promise<ClientCertificate> {
  const names = certificateNames([name]);
  const [called = name] = [...names.dnsNames, ...names.ipAddresses];
  await requireNoHost(called, unlocked);
  const folder = output === undefined ? clientFolder(home, called) : resolve(output);
  await requireOurs(folder, unlocked);
  const { authorities, revocations } = await trustIn(
    { store, authority: unlocked.authority },
    unlocked.now(),
  );
  const { privateKey, publicKey } = await makeKeyPair('rsa3072');
  const order = { host: called, usedBy: 'libvirt', purposes: ['client'], names, days } as const;
  const { pem, entry } = await issueCertificate(unlocked, order, publicKey);
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
  const draft = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`));
  try {
    const put = (file: string, content: string, mode: number) =>
      writeFileAtomically(join(draft, file), content, mode);
    await put(clientFiles.authority, authorities, 0o644);
    if (revocations !== undefined) await put(clientFiles.revocations, revocations, 0o644);
    await put(clientFiles.key, plainKeyPem(privateKey), 0o600);
    await put(clientFiles.certificate, pem, 0o644);
    return { folder, entry, backup: await swapIn(draft, folder) };
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

/** The ledger knows hosts and workstations by name alone: one that is both would be revoked and renewed as one. */
async function requireNoHost(name: string, { authority }: UnlockedAuthority): Promise<void> {
  const entries = await authority.ledger.read();
  const isHost = entries.some(
    (entry) => entry.type === 'issued' && entry.host === name && entry.purposes.includes('server'),
  );
  if (!isHost) return;
  throw new BadInputError(
    'client-name-taken',
    `${name} is a host that has certificates of ${authority.name}.`,
    {
      side: 'client',
      remedy: 'Give the workstation a name of its own.',
    },
  );
}

/** @throws BadInputError `client-folder-foreign`: what is in the folder is nothing of this authority. */
async function requireOurs(folder: string, { authority }: UnlockedAuthority): Promise<void> {
  if (!existsSync(folder)) return;
  const foreign = (why: string): BadInputError =>
    new BadInputError('client-folder-foreign', `${folder} ${why}; nothing was written.`, {
      side: 'client',
      remedy: 'Name another folder with --output.',
    });
  const known: readonly string[] = Object.values(clientFiles);
  const found = await readdir(folder).catch((cause: unknown) => {
    throw new BadInputError('client-folder-foreign', `${folder} is no folder that can be read.`, {
      cause,
      side: 'client',
      remedy: 'Name another folder with --output.',
    });
  });
  const other = found.find((file) => !known.includes(file));
  if (other !== undefined) throw foreign(`holds other files, as ${JSON.stringify(other)}`);
  if (found.length === 0) return;
  const labels = await trustedLabels(join(folder, clientFiles.authority), authority.certificate.fingerprint);
  if (labels === 'ours') return;
  throw foreign(
    labels.length > 0 ? `holds a certificate for ${labels.join(', ')}` : 'holds files of unknown origin',
  );
}

async function trustedLabels(path: string, fingerprint: string): Promise<'ours' | string[]> {
  try {
    const certificates = parseCertificates(await readFile(path, 'utf8'));
    const isOurs = certificates.some((one) => one.fingerprint === fingerprint);
    return isOurs ? 'ours' : certificates.map(({ label }) => label);
  } catch {
    return [];
  }
}

/** @returns where what was there is kept */
async function swapIn(draft: string, folder: string): Promise<string | undefined> {
  let backup: string | undefined;
  if (existsSync(folder)) {
    backup = `${folder}.old`;
    await rm(backup, { recursive: true, force: true });
    await rename(folder, backup);
  }
  await rename(draft, folder);
  await syncFolder(dirname(folder));
  return backup;
}
