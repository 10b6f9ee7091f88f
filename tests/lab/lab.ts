import { blockPort, type BlockVerdict, type Ports } from './block-port.ts';
import { type Capture, startCapture } from './capture.ts';
import { canarySha256 } from './canary.ts';
import type { CommandOptions, CommandResult } from './command.ts';
import type { NetworkSocket } from './daemons.ts';
import { LabError } from './errors.ts';
import { bootAgain, cutPower, mustRunOnHost, runOnHost } from './host.ts';
import { type Kerberos, startKerberos } from './kerberos.ts';
import { killProcess } from './kill-process.ts';
import {
  hosts,
  type HostName,
  keyFile,
  knownHostsFile,
  sshUri,
  stateDir,
  tlsUri,
  workstationPkiDir,
} from './layout.ts';
import { type LoginDaemon, type LoginRules, setLogins, setPolkitVerdict } from './logins.ts';
import { useModularDaemons } from './modular.ts';
import { type CertificateOptions, issueHostCertificates } from './pki.ts';
import { restorePristine } from './pristine.ts';
import { type Progress, silent } from './progress.ts';
import { resetLab } from './reset.ts';
import { type GuestLine, lastLine } from './serial-log.ts';
import { isUp } from './up.ts';
import { type GuestState, virsh, whereRuns } from './virsh.ts';
import { waitFor } from './wait-for.ts';

export { canaryBytes, canarySha256 } from './canary.ts';
export { LabError } from './errors.ts';
export { db01Pattern, guests } from './guests.ts';
export { type GuestName, type HostName, hosts, network } from './layout.ts';
export { waitFor } from './wait-for.ts';

/** What tests do with a lab that is up. Everything is asked of the hosts themselves, nothing of our own client. */
export class Lab {
  readonly keyFile = keyFile;
  readonly knownHosts = knownHostsFile;
  readonly pkiPath = workstationPkiDir;
  readonly stateDir = stateDir;

  /** @throws {LabError} `lab-not-up` */
  static async attach(): Promise<Lab> {
    if (!(await isUp())) {
      throw new LabError('lab-not-up', 'The lab is not up.', { remedy: 'Run: npm run lab -- up' });
    }
    return new Lab();
  }

  /** `qemu+ssh` with the lab's key and known hosts; `operator` is of the group libvirt and not root. */
  sshUri(host: HostName, user: 'root' | 'operator' = 'root'): string {
    return sshUri(hosts[host], user);
  }

  /** `qemu+tls` with the workstation's client certificate. */
  tlsUri(host: HostName): string {
    return tlsUri(hosts[host]);
  }

  /** Runs a program on a host as root. A non-zero exit code is a result; the deadline is 60 s unless given. */
  run(host: HostName, argv: readonly string[], options?: CommandOptions): Promise<CommandResult> {
    return runOnHost(hosts[host], argv, options);
  }

  /** As `run`, but only exit code 0 will do. @returns its standard output */
  mustRun(host: HostName, argv: readonly string[], options?: CommandOptions): Promise<string> {
    return mustRunOnHost(hosts[host], argv, options);
  }

  /** virsh on the host, on its system daemon. @returns its standard output */
  virsh(host: HostName, args: readonly string[], timeoutMs?: number): Promise<string> {
    return virsh(hosts[host], args, timeoutMs);
  }

  /** Asks both hosts, with virsh. */
  whereRuns(guest: string): Promise<Record<HostName, GuestState>> {
    return whereRuns(guest);
  }

  /** The newest line a guest printed while on this host; `undefined` before its first. It stays when the guest leaves. */
  guestCounter(host: HostName, guest: string): Promise<GuestLine | undefined> {
    return lastLine(hosts[host], guest);
  }

  /**
   * Waits until a guest goes on on this host from where it was: the same run of it, a higher counter, and its canary
   * unharmed.
   *
   * @returns the line that shows it
   */
  async guestGoesOn(host: HostName, guest: string, from: GuestLine, timeoutMs = 30_000): Promise<GuestLine> {
    const what = `${guest} counts beyond ${from.counter} on ${hosts[host].fqdn}`;
    const line = await waitFor(
      what,
      async () => {
        const newest = await this.guestCounter(host, guest);
        return newest?.boot === from.boot && newest.counter > from.counter ? newest : undefined;
      },
      { timeoutMs },
    );
    if (line.canary !== canarySha256) {
      throw new LabError(
        'lab-command-failed',
        `The memory of ${guest} is damaged: its canary is ${line.canary}.`,
      );
    }
    return line;
  }

  /** Blocks TCP ports of a host until disposed of; 49152 to 49215 are those of QEMU's data. */
  blockPort(host: HostName, ports: Ports, verdict: BlockVerdict): Promise<AsyncDisposable> {
    return blockPort(hosts[host], ports, verdict);
  }

  /** @returns how many processes had a command line that matches */
  killProcess(host: HostName, pattern: RegExp, signal: NodeJS.Signals = 'SIGKILL'): Promise<number> {
    return killProcess(hosts[host], pattern, signal);
  }

  /** Everything that the host runs ends at once; its disks stay as they are. */
  cutPower(host: HostName): Promise<void> {
    return cutPower(hosts[host]);
  }

  /** Starts a host whose power was cut, and waits until its daemon answers. */
  boot(host: HostName): Promise<void> {
    return bootAgain(hosts[host]);
  }

  /** Records what goes over the bridge between the hosts. */
  capture(): Promise<Capture> {
    return startCapture();
  }

  /** Replaces a host's certificates by good or by faulty ones. */
  issueHostCertificates(host: HostName, options?: CertificateOptions): Promise<void> {
    return issueHostCertificates(host, options);
  }

  /** Puts back the certificates, their owners and modes that `up` gave the host. */
  restoreHostCertificates(host: HostName): Promise<void> {
    return restorePristine(hosts[host], ['etc/pki']);
  }

  /** virtqemud, virtstoraged and virtproxyd in place of libvirtd, until disposed of. */
  useModularDaemons(host: HostName): Promise<AsyncDisposable> {
    return useModularDaemons(hosts[host]);
  }

  /** Login rules and network sockets of a daemon, until disposed of. */
  setLogins(
    host: HostName,
    daemon: LoginDaemon,
    rules: LoginRules,
    sockets: readonly NetworkSocket[],
  ): Promise<AsyncDisposable> {
    return setLogins(hosts[host], daemon, rules, sockets);
  }

  /** What polkit says to everybody but root, until disposed of. */
  setPolkitVerdict(host: HostName, verdict: 'yes' | 'no'): Promise<AsyncDisposable> {
    return setPolkitVerdict(hosts[host], verdict);
  }

  /** A Kerberos realm of both hosts with alpha as its centre, and a ticket for this machine, until disposed of. */
  startKerberos(): Promise<Kerberos> {
    return startKerberos();
  }

  /** Hosts and guests back to the first state. */
  reset(progress: Progress = silent): Promise<void> {
    return resetLab(progress);
  }
}
