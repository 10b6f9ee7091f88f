import type { HostShell } from '../../../hosts/host-access.ts';
import { maxBundleBytes } from '../../../pki/certificate.ts';
import { migrateTlsDefault, tlsDirectory, type QemuSettings } from '../../../setup/config/qemu-settings.ts';
import type { QemuOwner } from '../../../setup/facts/capabilities.ts';
import { parentsOf, parseStatOutput, statArgv, type HostUser, type OwnerAndMode } from './file-access.ts';
import { runCommonTool, runTool, type ToolOptions } from './shell-tools.ts';

/** The destination's QEMU is the TLS server of a migration, the source's the client. */
export type TlsPurpose = 'server' | 'client';

export interface TlsFile {
  path: string;
  /** `undefined`: there is no such file, or it cannot be seen. */
  stat: OwnerAndMode | undefined;
}

/** A file with the directories from `/` down to the one that holds it, as far as they could be seen. */
export interface GuardedFile extends TlsFile {
  directories: OwnerAndMode[];
}

/** A public file of the tree, with what is in it where that could be read. */
export interface PublicTlsFile extends TlsFile {
  content: { pem: string } | { unreadable: string } | undefined;
}

/** QEMU's certificates for migrations on one host, in one role. The private key itself is never read. */
export interface TlsTree {
  directory: string;
  /** Why it is this directory. */
  because: string;
  ca: PublicTlsFile;
  certificate: PublicTlsFile;
  key: TlsFile;
  /** Whom it lets in no more; QEMU reads it on the listening side alone. */
  revocations: PublicTlsFile;
  /** SELinux types of files and folder by path; empty where there is no SELinux. */
  selinuxTypes: ReadonlyMap<string, string>;
  /** From `/` down to the directory itself, as far as they could be seen. */
  directories: OwnerAndMode[];
  /** The account that QEMU runs under; `undefined` where the capabilities do not say. */
  qemuUser: HostUser | undefined;
  /** What belongs to the private key, as the host derived it. */
  keysPublicHalf: { output: string } | { unavailable: string };
}

export async function loadTlsTree(
  shell: HostShell,
  host: string,
  purpose: TlsPurpose,
  settings: QemuSettings,
  owner: QemuOwner | undefined,
  options: ToolOptions,
): Promise<TlsTree> {
  const [preferred] = await statPaths(shell, host, [migrateTlsDefault], options);
  const { directory, because } = tlsDirectory(settings, preferred?.kind === 'directory');
  const paths = {
    ca: `${directory}/ca-cert.pem`,
    certificate: `${directory}/${purpose}-cert.pem`,
    key: `${directory}/${purpose}-key.pem`,
    revocations: `${directory}/ca-crl.pem`,
  };
  const [stats, ca, certificate, revocations, qemuUser, keysPublicHalf, selinuxTypes] = await Promise.all([
    statPaths(shell, host, [...parentsOf(paths.ca), ...Object.values(paths)], options),
    readPublicFile(shell, host, paths.ca, options),
    readPublicFile(shell, host, paths.certificate, options),
    readPublicFile(shell, host, paths.revocations, options),
    owner === undefined ? undefined : loadUser(shell, host, owner, options),
    derivePublicKey(shell, paths.key, settings, options),
    loadSelinuxTypes(shell, host, [directory, ...Object.values(paths)], options),
  ]);
  const statOf = (path: string): OwnerAndMode | undefined => stats.find((stat) => stat.path === path);
  return {
    directory,
    because,
    ca: { path: paths.ca, stat: statOf(paths.ca), content: ca },
    certificate: { path: paths.certificate, stat: statOf(paths.certificate), content: certificate },
    key: { path: paths.key, stat: statOf(paths.key) },
    revocations: { path: paths.revocations, stat: statOf(paths.revocations), content: revocations },
    selinuxTypes,
    directories: stats.filter((stat) => stat.kind === 'directory'),
    qemuUser,
    keysPublicHalf,
  };
}

export async function loadGuardedFile(
  shell: HostShell,
  host: string,
  path: string,
  options: ToolOptions,
): Promise<GuardedFile> {
  const stats = await statPaths(shell, host, [...parentsOf(path), path], options);
  return {
    path,
    stat: stats.find((stat) => stat.path === path),
    directories: stats.filter(({ kind }) => kind === 'directory'),
  };
}

/** Without SELinux `stat` prints a question mark for each (coreutils, "%C"). */
async function loadSelinuxTypes(
  shell: HostShell,
  host: string,
  paths: readonly string[],
  options: ToolOptions,
): Promise<Map<string, string>> {
  const { output } = await runCommonTool(shell, host, ['stat', '-L', '-c', '%C %n', '--', ...paths], options);
  return parseSelinuxTypes(output);
}

/** Lines as `system_u:object_r:cert_t:s0 /etc/pki/qemu`; those of another form are skipped. */
export function parseSelinuxTypes(output: string): Map<string, string> {
  const lines = output.matchAll(/^[\w.-]+:[\w.-]+:([\w.-]+)(?::\S+)? (\/.*)$/gm);
  return new Map([...lines].map(([, type = '', path = '']) => [path, type]));
}

export async function statPaths(
  shell: HostShell,
  host: string,
  paths: readonly string[],
  options: ToolOptions,
): Promise<OwnerAndMode[]> {
  const { output } = await runCommonTool(shell, host, [...statArgv, ...paths], options);
  return parseStatOutput(output);
}

export async function readPublicFile(
  shell: HostShell,
  host: string,
  path: string,
  options: ToolOptions,
): Promise<PublicTlsFile['content']> {
  const argv = ['head', '-c', String(maxBundleBytes + 1), '--', path];
  const { code, output, errorText } = await runCommonTool(shell, host, argv, {
    ...options,
    maxOutputBytes: 2 * maxBundleBytes,
  });
  if (code === 0) return { pem: output };
  return /no such file/i.test(errorText) ? undefined : { unreadable: errorText };
}

/** QEMU starts with the account's own group and with every group that lists it, as after a login. */
async function loadUser(
  shell: HostShell,
  host: string,
  owner: QemuOwner,
  options: ToolOptions,
): Promise<HostUser> {
  const entry = await runCommonTool(shell, host, ['getent', 'passwd', String(owner.uid)], options);
  const name = /^([a-z_][a-z0-9_.-]*\$?):/i.exec(entry.output)?.[1];
  if (name === undefined) return { name: `uid ${owner.uid}`, uid: owner.uid, gids: [owner.gid] };
  const groups = await runCommonTool(shell, host, ['id', '-G', '--', name], options);
  const gids = groups.output
    .trim()
    .split(/\s+/)
    .filter((gid) => /^\d+$/.test(gid))
    .map(Number);
  return { name, uid: owner.uid, gids: [...new Set([owner.gid, ...gids])] };
}

/** The host does the arithmetic: only the public half of the key leaves it. */
async function derivePublicKey(
  shell: HostShell,
  path: string,
  settings: QemuSettings,
  options: ToolOptions,
): Promise<TlsTree['keysPublicHalf']> {
  if (settings.keySecretUuid !== undefined) {
    return { unavailable: 'the key is encrypted, and its passphrase is a secret of libvirt there' };
  }
  const tools = [
    ['openssl', 'pkey', '-in', path, '-pubout'],
    ['certtool', '--pubkey-info', '--load-privkey', path],
  ];
  const complaints: string[] = [];
  for (const argv of tools) {
    const result = await runTool(shell, argv, options);
    if (result?.code === 0) return { output: result.output };
    if (result !== undefined) complaints.push(`${argv[0] ?? ''}: ${result.errorText.split('\n')[0] ?? ''}`);
  }
  return {
    unavailable:
      complaints.length === 0
        ? 'the host has neither openssl nor certtool'
        : complaints.join('; ').slice(0, 300),
  };
}
