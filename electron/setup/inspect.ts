import { digestOf, readHostFile, type HostFile } from '../common/host/host-files.ts';
import { HostChangeError, HostRightsError } from '../common/host/host-errors.ts';
import { RootShell } from '../common/host/root-shell.ts';
import type { SudoPrompts } from '../common/host/sudo-prompts.ts';
import { messageOf } from '../common/errors.ts';
import { parseConf, type ConfValues } from '../common/libvirt-conf.ts';
import type { HostShell } from '../common/host/host-shell.ts';
import {
  capabilities,
  hypervisorVersion,
  libVersion,
  type LibvirtCalls,
  type LibvirtVersion,
} from '../libvirt/index.ts';
import { readQemuSettings, tlsDirectory, migrateTlsDefault } from './config/qemu-settings.ts';
import { serviceDirectory, tlsOptions, tlsServices } from './config/tls-options.ts';
import { SetupError } from './errors.ts';
import { parseCapabilities } from './facts/capabilities.ts';
import { loadCertificateFiles } from './facts/certificate-files.ts';
import { daemonLayout, type DaemonLayout } from './facts/daemon-layout.ts';
import { loadFirewall } from './facts/firewall.ts';
import { HostProbe } from './facts/host-probe.ts';
import { loadListeningPorts } from './facts/listeners.ts';
import { novaConfPath, openStackFacts } from './facts/openstack.ts';
import { loadRunningGuests, type RunningGuests } from './facts/running-guests.ts';
import { loadSystem } from './facts/system.ts';
import { loadUnits, type Units } from './facts/units.ts';
import type { ConfigurationFacts, HostInspection, HostSetupFacts, QemuAccount } from './inspection.ts';
import type { SetupHost } from './setup-host.ts';

export const qemuConfPath = '/etc/libvirt/qemu.conf';
export const environmentPaths = ['/etc/default/libvirtd', '/etc/sysconfig/libvirtd'] as const;
export const maxConfigurationBytes = 256 * 1024;
const tlsPort = 16_514;
const tcpPort = 16_509;
const callDeadlineMs = 20_000;

/** What of a configuration file is told; passwords are in the same files, so the rest is not. */
const toldSettings = new Set([
  ...tlsOptions.map(({ name }) => name),
  ...['user', 'group', 'dynamic_ownership', 'security_driver'],
  ...['migration_address', 'migration_host', 'migration_port_min', 'migration_port_max'],
  ...['keepalive_interval', 'keepalive_count'],
  ...['listen_tls', 'listen_tcp', 'listen_addr', 'tls_port', 'auth_tls', 'auth_tcp'],
  ...['ca_file', 'cert_file', 'key_file', 'crl_file'],
  ...['tls_no_verify_certificate', 'tls_no_sanity_certificate', 'tls_allowed_dn_list', 'host_uuid_source'],
]);

/** @throws {SetupError} `setup-no-shell` the host is not reached in a way that lets commands run there. */
export async function requireShell(host: SetupHost, signal?: AbortSignal): Promise<HostShell> {
  const shell = await host.shell(signal);
  if (shell !== undefined) return shell;
  throw new SetupError('setup-no-shell', `${host.name} is not reached over SSH, so it cannot be set up.`, {
    remedy: `Connect to ${host.name} with qemu+ssh://.`,
  });
}

/** Looks at everything that host setup depends on; changes nothing. */
export async function inspect(
  host: SetupHost,
  prompts: SudoPrompts,
  signal?: AbortSignal,
  furtherFiles: readonly string[] = [],
): Promise<HostInspection> {
  const shell = await requireShell(host, signal);
  const unknown: string[] = [];
  const orSay = async <T>(question: string, otherwise: T, ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask();
    } catch (error) {
      signal?.throwIfAborted();
      unknown.push(`${question}: ${messageOf(error)}`);
      return otherwise;
    }
  };
  const { login, root } = await openRoot(shell, host.name, prompts, signal);
  const probe = new HostProbe(shell, root, signal);
  const [units, system, ports, firewall] = await Promise.all([
    loadUnits(probe),
    loadSystem(probe),
    loadListeningPorts(probe),
    loadFirewall(probe),
  ]);
  const layout = daemonLayout(units, await isStartedWithListen(probe, units));
  const daemon = await orSay('The daemon did not answer', noDaemon, async () => {
    await using client = await host.connect(signal);
    return await daemonFacts(client, signal);
  });
  const files = await readFiles(root, layout, furtherFiles, unknown);
  const [qemuConf, daemonConf] = [qemuConfPath, layout?.confPath ?? ''].map((path) =>
    configurationFacts(path, files.get(path)),
  ) as [ConfigurationFacts, ConfigurationFacts];
  const settings = readQemuSettings(qemuConf.broken === undefined ? textOf(files.get(qemuConfPath)) : '');
  const directories = tlsServices.map(serviceDirectory);
  const daemonValues = new Map(Object.entries(daemonConf.settings));
  const migrateDirectory = await probe.askAsRoot(['test', '-d', migrateTlsDefault]);
  const { directory } = tlsDirectory(settings, migrateDirectory.code === 0);
  const certificates = await loadCertificateFiles(probe, daemonValues, directory, directories);
  const port = listenPort(layout, units, daemonValues);
  const tlsUnit = layout?.tlsSocket === undefined ? undefined : units[layout.tlsSocket];
  const facts: HostSetupFacts = {
    host: host.name,
    connectUri: host.connectUri,
    ...system,
    login,
    libvirt: daemon.libvirt,
    qemu: daemon.qemu,
    layout,
    units: Object.values(units).filter(({ exists, masked }) => exists || masked),
    tls: {
      port,
      listening: ports.includes(port),
      enabledAtBoot: tlsUnit?.enabled ?? layout?.kind === 'libvirtd-listen',
      masked: tlsUnit?.masked ?? false,
    },
    tcpListening: ports.includes(tcpPort),
    qemuAccount: daemon.owner && (await nameAccount(probe, daemon.owner)),
    qemuConf,
    daemonConf,
    certificates,
    migrationPorts: { min: settings.portMin, max: settings.portMax },
    firewall,
    guests: daemon.guests,
    openstack: await orSay(`${novaConfPath} could not be understood`, undefined, () =>
      Promise.resolve(openStackFacts(files.get(novaConfPath), units)),
    ),
    unknown,
  };
  return { facts, files };
}

async function openRoot(
  shell: HostShell,
  host: string,
  prompts: SudoPrompts,
  signal: AbortSignal | undefined,
): Promise<{ login: HostSetupFacts['login']; root: RootShell | undefined }> {
  try {
    const root = await RootShell.open(shell, host, prompts, signal);
    return { login: { privilege: root.privilege }, root };
  } catch (error) {
    if (!(error instanceof HostRightsError)) throw error;
    const { message, remedy = '' } = error;
    return { login: { privilege: 'none', message, remedy }, root: undefined };
  }
}

export async function isStartedWithListen(probe: HostProbe, units: Units): Promise<boolean> {
  const { mainPid } = units['libvirtd.service'];
  if (!Number.isSafeInteger(mainPid) || mainPid <= 0) return false;
  const { output } = await probe.ask(['cat', `/proc/${mainPid}/cmdline`]);
  return output.split('\0').some((word) => word === '--listen' || /^-[a-z]*l[a-z]*$/.test(word));
}

interface DaemonAnswers {
  libvirt: LibvirtVersion;
  qemu: LibvirtVersion;
  owner: { uid: number; gid: number } | undefined;
  guests: RunningGuests;
}

const noDaemon: DaemonAnswers = {
  libvirt: { number: 0, text: 'unknown' },
  qemu: { number: 0, text: 'unknown' },
  owner: undefined,
  guests: { count: 0, busy: [], users: { vnc: [], spice: [], chardev: [], nbd: [] }, unseen: 0 },
};

async function daemonFacts(client: LibvirtCalls, signal: AbortSignal | undefined): Promise<DaemonAnswers> {
  const options = { deadlineMs: callDeadlineMs, ...(signal && { signal }) };
  const [libvirt, qemu, document, guests] = await Promise.all([
    libVersion(client, options),
    hypervisorVersion(client, options),
    capabilities(client, options),
    loadRunningGuests(client, options),
  ]);
  const { qemuOwners } = parseCapabilities(document);
  return { libvirt, qemu, owner: qemuOwners.get('kvm') ?? qemuOwners.get('qemu'), guests };
}

async function readFiles(
  root: RootShell | undefined,
  layout: DaemonLayout | undefined,
  furtherFiles: readonly string[],
  unknown: string[],
): Promise<Map<string, HostFile>> {
  const files = new Map<string, HostFile>();
  if (root === undefined) {
    unknown.push('The configuration could not be read, because the login may not become root.');
    return files;
  }
  const paths = [qemuConfPath, ...(layout ? [layout.confPath] : []), ...environmentPaths, novaConfPath];
  const nft = ['/etc/nftables.conf', '/etc/sysconfig/nftables.conf', '/etc/nftables/main.nft'];
  for (const path of [...paths, ...nft, ...furtherFiles]) {
    try {
      const file = await readHostFile(root, path, maxConfigurationBytes);
      if (file !== undefined) files.set(path, file);
    } catch (error) {
      if (!(error instanceof HostChangeError)) throw error;
      unknown.push(error.message);
    }
  }
  return files;
}

export function textOf(file: HostFile | undefined): string {
  return file?.content.toString('utf8') ?? '';
}

function configurationFacts(path: string, file: HostFile | undefined): ConfigurationFacts {
  const facts = { path, exists: file !== undefined, digest: digestOf(file?.content), broken: undefined };
  try {
    const values = [...parseConf(textOf(file))].filter(([key]) => toldSettings.has(key));
    return { ...facts, settings: Object.fromEntries(values) };
  } catch (error) {
    return { ...facts, settings: {}, broken: messageOf(error) };
  }
}

/** Sockets of systemd know their port by themselves; a daemon that listens by itself has it from its file. */
export function listenPort(layout: DaemonLayout | undefined, units: Units, daemonConf: ConfValues): number {
  if (layout?.tlsSocket === undefined) {
    const set = Number(daemonConf.get('tls_port') ?? tlsPort);
    return Number.isInteger(set) && set > 0 && set < 65_536 ? set : tlsPort;
  }
  const listens = units[layout.tlsSocket].listens.map((address) => /(\d+)$/.exec(address)?.[1]);
  return Number(listens.find((port) => port !== undefined) ?? tlsPort);
}

async function nameAccount(
  probe: HostProbe,
  { uid, gid }: { uid: number; gid: number },
): Promise<QemuAccount> {
  const named = async (database: string, id: number): Promise<string> => {
    const { output } = await probe.ask(['getent', database, String(id)]);
    return /^([A-Za-z_][\w.-]*\$?):/.exec(output)?.[1] ?? String(id);
  };
  const [user, group] = await Promise.all([named('passwd', uid), named('group', gid)]);
  return { uid, gid, user, group, because: "the daemon's capabilities, which follow qemu.conf" };
}
