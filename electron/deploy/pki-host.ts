import { RootShell } from '../common/host/root-shell.ts';
import type { SudoPrompts } from '../common/host/sudo-prompts.ts';
import { printable } from '../common/printable.ts';
import { libvirtFiles } from '../setup/config/libvirt-files.ts';
import { HostProbe } from '../setup/facts/host-probe.ts';
import { inspect, requireShell } from '../setup/inspect.ts';
import type { HostInspection, HostSetupFacts, QemuAccount } from '../setup/inspection.ts';
import type { SetupHost } from '../setup/setup-host.ts';
import { CertificateHand, type KeyTool } from './certificate-hand.ts';
import { DeployError } from './deploy-error.ts';
import { findKeyTool } from './make-host-key.ts';
import { treesOf, type Trees } from './trees.ts';

export interface DeployOptions {
  prompts: SudoPrompts;
  signal?: AbortSignal | undefined;
  /** Told a sentence before whatever may take a while. */
  tell?: ((sentence: string) => void) | undefined;
}

/** A host that was looked at, with root's hand on its certificates. */
export interface PkiHost {
  readonly host: SetupHost;
  readonly name: string;
  readonly facts: HostSetupFacts;
  /** The facts with the files that they were read from, to plan the host's setup without looking twice. Never shown. */
  readonly inspection: HostInspection;
  readonly probe: HostProbe;
  readonly root: RootShell;
  readonly hand: CertificateHand;
  readonly account: QemuAccount;
  readonly trees: Trees;
  /** What makes keys there; `undefined` where nothing does. */
  readonly keyTool: KeyTool | undefined;
  /** Whether handshakes can be tried from there and on it. */
  readonly hasOpenssl: boolean;
}

/**
 * Looks at a host; changes nothing.
 *
 * @throws {HostRightsError} root's rights are missing. @throws {SetupError} `setup-no-shell`.
 * @throws {DeployError} `deploy-no-qemu-account`.
 */
export async function openPkiHost(
  host: SetupHost,
  { prompts, signal, tell }: DeployOptions,
): Promise<PkiHost> {
  tell?.(`Looking at ${host.name} ...`);
  const shell = await requireShell(host, signal);
  const root = await RootShell.open(shell, host.name, prompts, signal);
  const inspection = await inspect(host, prompts, signal);
  const { facts } = inspection;
  const probe = new HostProbe(shell, root, signal);
  const account = facts.qemuAccount ?? (await configuredAccount(facts, probe));
  const keyTool = await findKeyTool(probe);
  return {
    host,
    name: host.name,
    facts,
    inspection,
    probe,
    root,
    hand: new CertificateHand(root),
    account,
    trees: treesOf(facts.certificates.qemu.directory, account.gid),
    keyTool,
    hasOpenssl: keyTool === 'openssl',
  };
}

/**
 * libvirt's clients read only the default paths, and so does a daemon that is told to read its files again.
 *
 * @throws {DeployError} `deploy-other-paths`.
 */
export function requireUsualPaths({ name, facts }: PkiHost): void {
  const usual: string[] = [libvirtFiles.authority, libvirtFiles.server.certificate, libvirtFiles.server.key];
  const other = facts.certificates.daemon.paths.filter((path) => !usual.includes(path));
  if (other.length === 0) return;
  const conf = facts.daemonConf.path;
  throw new DeployError('deploy-other-paths', `${conf} on ${name} names other files: ${other.join(', ')}.`, {
    remedy: `Take ca_file, cert_file and key_file out of ${conf}; the usual paths are then used.`,
  });
}

/** Who QEMU runs as where the daemon does not answer, as one that lacks its certificates. */
async function configuredAccount(facts: HostSetupFacts, probe: HostProbe): Promise<QemuAccount> {
  const set = (key: string): string[] => {
    const value = facts.qemuConf.settings[key];
    return typeof value === 'string' && value !== '' ? [value.replace(/^\+/, '')] : [];
  };
  const because = facts.qemuConf.settings['user'] === undefined ? 'the usual account' : 'qemu.conf';
  const users = [...set('user'), 'libvirt-qemu', 'qemu'];
  for (const user of users) {
    const passwd = accountLine((await probe.ask(['getent', 'passwd', user])).output);
    if (passwd === undefined) continue;
    // The group named like the user comes before its own: Debian's libvirt-qemu belongs to kvm, and runs as libvirt-qemu.
    for (const candidate of [...set('group'), user, String(passwd.gid)]) {
      const group = accountLine((await probe.ask(['getent', 'group', candidate])).output);
      if (group === undefined) continue;
      return { uid: passwd.id, gid: group.id, user: passwd.name, group: group.name, because };
    }
  }
  throw new DeployError(
    'deploy-no-qemu-account',
    `The user that QEMU runs as on ${facts.host} is not known.`,
    {
      remedy: `Set user and group in ${facts.qemuConf.path} on ${facts.host}, or see that its daemon answers.`,
    },
  );
}

/** A line of `getent passwd` or `getent group`. */
function accountLine(output: string): { name: string; id: number; gid: number } | undefined {
  const match = /^([^:\n]+):[^:\n]*:(\d+):(\d*)/.exec(output);
  if (match === null) return undefined;
  const [, name = '', id, gid] = match;
  return { name: printable(name, 100), id: Number(id), gid: Number(gid === '' ? id : gid) };
}
