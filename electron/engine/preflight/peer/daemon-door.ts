import { parseConf, type ConfValue } from '../../../common/libvirt-conf.ts';
import { printable } from '../../../common/printable.ts';
import type { RootShell } from '../../../common/host/root-shell.ts';
import type { HostShell } from '../../../hosts/host-access.ts';
import { daemonLayout } from '../../../setup/facts/daemon-layout.ts';
import { HostProbe } from '../../../setup/facts/host-probe.ts';
import { loadUnits } from '../../../setup/facts/units.ts';
import { isStartedWithListen, listenPort, maxConfigurationBytes } from '../../../setup/inspect.ts';
import { FactUnavailableError } from '../errors.ts';

/** By what a host's daemon decides who may come in over TLS, as its configuration says. */
export interface DaemonDoor {
  confPath: string;
  port: number;
  /** It asks for a certificate and checks it. */
  verifiesClient: boolean;
  /** Patterns for the names of those it lets in; `undefined`: everybody with a certificate of its authorities. */
  allowedNames: string[] | undefined;
  wantsSasl: boolean;
  /** Patterns for the users that it lets in by SASL; `undefined`: all of them. */
  saslAllowed: string[] | undefined;
}

/** @throws {FactUnavailableError} `not-readable` */
export async function loadDaemonDoor(
  shell: HostShell,
  root: RootShell,
  host: string,
  signal: AbortSignal,
): Promise<DaemonDoor> {
  const probe = new HostProbe(shell, root, signal);
  const units = await loadUnits(probe);
  const layout = daemonLayout(units, await isStartedWithListen(probe, units));
  const confPath = layout?.confPath ?? '/etc/libvirt/libvirtd.conf';
  const { code, output } = await probe.askAsRoot([
    'head',
    '-c',
    String(maxConfigurationBytes + 1),
    '--',
    confPath,
  ]);
  if (code !== 0) {
    throw new FactUnavailableError(
      'not-readable',
      `${confPath} on ${host}, which says whom its daemon lets in, cannot be read.`,
      `Look into ${confPath} on ${host} by hand.`,
    );
  }
  const conf = parseConf(output);
  return { confPath, port: listenPort(layout, units, conf), ...readDoor((key) => conf.get(key)) };
}

/** From libvirtd.conf or virtproxyd.conf; what is not set is libvirt's default. */
export function readDoor(
  get: (key: string) => ConfValue | undefined,
): Pick<DaemonDoor, 'verifiesClient' | 'allowedNames' | 'wantsSasl' | 'saslAllowed'> {
  const list = (key: string): string[] | undefined => {
    const value = get(key);
    return Array.isArray(value) ? value.map((name) => printable(String(name), 300)) : undefined;
  };
  return {
    verifiesClient: Number(get('tls_no_verify_certificate') ?? 0) === 0,
    allowedNames: list('tls_allowed_dn_list'),
    wantsSasl: get('auth_tls') === 'sasl',
    saslAllowed: list('sasl_allowed_username_list'),
  };
}

/** As `g_pattern_match_simple`, with which libvirt goes through the list: `*` and `?`, over the whole name. */
export function isOnList(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const source = pattern.replace(/[\\^$.*+?()[\]{}|]/g, (char) => wild[char] ?? `\\${char}`);
    return new RegExp(`^${source}$`, 'su').test(name);
  });
}

const wild: Readonly<Record<string, string>> = { '*': '.*', '?': '.' };
