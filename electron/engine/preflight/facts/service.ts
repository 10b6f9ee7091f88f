import { parseConf } from '../../../common/libvirt-conf.ts';
import { printable } from '../../../common/printable.ts';
import type { HostShell } from '../../../common/host/host-shell.ts';
import type { RootShell } from '../../../common/host/root-shell.ts';
import { daemonLayout } from '../../../setup/facts/daemon-layout.ts';
import { loadFirewall, type FirewallFacts } from '../../../setup/facts/firewall.ts';
import { HostProbe } from '../../../setup/facts/host-probe.ts';
import { loadListeningPorts } from '../../../setup/facts/listeners.ts';
import { loadUnits } from '../../../setup/facts/units.ts';
import { isStartedWithListen, listenPort, qemuConfPath } from '../../../setup/inspect.ts';
import { parseCertificates } from '../../../pki/certificate.ts';

/** libvirt's daemon on a host as it runs, not as its files have it. */
export interface ServiceFacts {
  /** Who waits for connections: sockets of systemd, or the daemon itself (`--listen`). */
  listensBy: 'systemd' | 'itself' | 'nobody known';
  tls: { port: number; listening: boolean };
  /** Without TLS, on 16509; `open`: whoever reaches it is let in without a login. */
  tcp: { listening: boolean; open: boolean };
  /** Settings files that were changed after the daemon that reads them was started. */
  changedSince: string[];
  /** SHA-256 of the certificate that is shown at the TLS port; `undefined`: none was. */
  served: string | undefined;
  firewall: FirewallFacts;
}

const tcpPort = 16_509;

/** Needs root's rights. Changes nothing. */
export async function loadService(
  shell: HostShell,
  root: RootShell,
  signal: AbortSignal,
): Promise<ServiceFacts> {
  const probe = new HostProbe(shell, root, signal);
  const [units, ports, firewall] = await Promise.all([
    loadUnits(probe),
    loadListeningPorts(probe),
    loadFirewall(probe),
  ]);
  const layout = daemonLayout(units, await isStartedWithListen(probe, units));
  const confPath = layout?.confPath ?? '/etc/libvirt/libvirtd.conf';
  const conf = parseConf((await probe.askAsRoot(['head', '-c', '262144', '--', confPath])).output);
  const port = listenPort(layout, units, conf);
  const services = layout === undefined ? [] : [layout.service, layout.qemuService];
  const pids = services.map((name) => units[name].mainPid);
  const [changedSince, served] = await Promise.all([
    changedFiles(probe, [
      { path: confPath, pid: pids[0] ?? 0 },
      { path: qemuConfPath, pid: pids[1] ?? 0 },
    ]),
    ports.includes(port) ? servedAt(probe, port) : undefined,
  ]);
  return {
    listensBy: layout === undefined ? 'nobody known' : layout.tlsSocket === undefined ? 'itself' : 'systemd',
    tls: { port, listening: ports.includes(port) },
    tcp: { listening: ports.includes(tcpPort), open: conf.get('auth_tcp') === 'none' },
    changedSince,
    served,
    firewall,
  };
}

/** A daemon that is not running (systemd starts it at the next connection) will read what is there then. */
async function changedFiles(
  probe: HostProbe,
  files: readonly { path: string; pid: number }[],
): Promise<string[]> {
  const running = files.filter(({ pid }) => Number.isSafeInteger(pid) && pid > 0);
  if (running.length === 0) return [];
  const [now, ages, times] = await Promise.all([
    probe.ask(['date', '+%s']),
    Promise.all(running.map(({ pid }) => probe.ask(['ps', '-o', 'etimes=', '-p', String(pid)]))),
    Promise.all(running.map(({ path }) => probe.askAsRoot(['stat', '-L', '-c', '%Y', '--', path]))),
  ]);
  return running.flatMap(({ path }, index) => {
    const [age, time] = [ages[index], times[index]];
    if (age?.code !== 0 || time?.code !== 0 || now.code !== 0) return [];
    // Both are rounded to seconds, and a file that is written right before the start counts as read.
    const startedAt = Number(now.output) - Number(age.output);
    return Number(time.output) > startedAt + 2 ? [path] : [];
  });
}

/** Nothing is verified: that it is shown is what is asked. */
async function servedAt(probe: HostProbe, port: number): Promise<string | undefined> {
  const argv = ['timeout', '-k', '1', '3', 'openssl', 's_client', '-connect', `localhost:${port}`];
  const { output } = await probe.ask([...argv, '-verify_quiet']);
  try {
    return parseCertificates(printable(output, 100_000))[0]?.fingerprint;
  } catch {
    return undefined;
  }
}
