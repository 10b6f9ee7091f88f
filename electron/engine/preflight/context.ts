import type { PlanOptions } from '../plan.ts';
import type { SeenConnection } from '../../hosts/seen-connection.ts';
import type { CapabilitiesFacts, QemuOwner } from '../../setup/facts/capabilities.ts';
import type { CpuComparison, DaemonFacts, DomainCapabilitiesQuery, KnownDomain } from './facts/daemon.ts';
import type { DataAddress } from './facts/data-address.ts';
import type { GuestFacts } from './facts/guest.ts';
import type { HugePages } from './facts/huge-pages.ts';
import type { ImageHeader } from './facts/image-header.ts';
import type { ClockReading, NameResolution, PortRange } from './facts/network-probes.ts';
import type { PortProbe } from './facts/port-probe.ts';
import type { ServiceFacts } from './facts/service.ts';
import type { SlirpHelper } from './facts/slirp-helper.ts';
import type { Sharing } from './facts/sharing.ts';
import type { PathFacts, PoolFacts, VolumeFacts } from './facts/storage.ts';
import type { GuardedFile, TlsPurpose, TlsTree } from './facts/tls-tree.ts';
import type { LibvirtCertificates } from './peer/libvirt-certificates.ts';
import type { DaemonDoor } from './peer/daemon-door.ts';
import type { LoginTrial } from './peer/login-trial.ts';
import type { PeerAddress } from './peer/peer-address.ts';
import type { PeerLogin } from './peer/peer-login.ts';
import type { RootCredentials, SaslRules } from './peer/sasl-facts.ts';
import type { DataEnd } from '../../setup/handshakes/data-handshake.ts';
import type { HandshakeOutcome } from '../../setup/handshakes/handshake-outcome.ts';
import type { QemuSettings } from '../../setup/config/qemu-settings.ts';
import type { SocketOwner } from '../../hosts/relay/relay-end.ts';

/** A relay's end that was opened for real and works. */
export interface RelayFacts {
  owner: SocketOwner;
  hostKeyVerified: boolean;
}

/**
 * What the checks may ask of one host.
 *
 * Every fact is fetched on first use and kept for the run, so that checks may ask freely. A fact that cannot be
 * had rejects with a `ViaductError` whose sentence says why; the check that asked becomes `unknown`.
 */
export interface HostFacts {
  readonly side: 'source' | 'destination';
  /** How the screen calls the host. */
  readonly name: string;
  readonly connectUri: string;
  /** What this machine saw of its connection to the host; `undefined` where the way to it shows nothing. */
  seen(): SeenConnection | undefined;

  daemon(): Promise<DaemonFacts>;
  capabilities(): Promise<CapabilitiesFacts>;
  /** Rejects with the daemon's error when it offers no such combination. */
  domainCapabilities(query: DomainCapabilitiesQuery): Promise<string>;
  compareCpu(query: DomainCapabilitiesQuery, cpuXml: string): Promise<CpuComparison>;
  domainByName(name: string): Promise<KnownDomain | undefined>;
  domainByUuid(uuid: string): Promise<KnownDomain | undefined>;
  /** `undefined`: no network of that name. */
  network(name: string): Promise<{ active: boolean } | undefined>;
  freeMemoryBytes(): Promise<number>;
  hasIncomingMigration(): Promise<boolean>;
  poolForDirectory(directory: string): Promise<PoolFacts | undefined>;
  poolByName(name: string): Promise<PoolFacts | undefined>;
  volumeByPath(path: string): Promise<VolumeFacts | undefined>;
  volumeByName(pool: string, name: string): Promise<VolumeFacts | undefined>;
  /** Who runs the QEMU process of this guest here; `undefined` where the daemon does not say. */
  qemuOwner(): Promise<QemuOwner | undefined>;

  /** From here on a shell on the host is needed; without one these reject with `no-shell`. */
  qemuSettings(): Promise<QemuSettings>;
  tlsTree(purpose: TlsPurpose): Promise<TlsTree>;
  slirpHelper(): Promise<SlirpHelper>;
  /** @param size in bytes, or `default` @returns `undefined`: it has no pages of that size */
  freeHugePages(size: string): Promise<HugePages | undefined>;
  /** `undefined`: nothing there. */
  path(path: string): Promise<PathFacts | undefined>;
  freeBytes(directory: string): Promise<number>;
  /** Of a file that is there; needs root's rights where no pool shows it. */
  image(path: string): Promise<Pick<ImageHeader, 'capacityBytes'> & { format: string }>;
  /** Puts an empty file beside the one at `path` until disposed of. */
  putMarker(path: string, name: string): Promise<AsyncDisposable>;
  seesMarker(path: string, name: string): Promise<boolean>;
  hasNetworkDevice(name: string): Promise<boolean>;
  clock(): Promise<ClockReading>;
  resolve(name: string): Promise<NameResolution>;

  /** What the host's own policy wants of a key that GnuTLS there is to take. */
  minRsaBits(): Promise<number>;
  /** Of libvirt itself: of the daemon, or of root's client, as which the daemon goes to others. */
  libvirtCertificates(purpose: TlsPurpose): Promise<LibvirtCertificates>;
  /** Of the same; only who may read it is looked at. */
  libvirtKey(purpose: TlsPurpose): Promise<GuardedFile>;
  /** libvirt's daemon as it runs; from here on root's rights are needed, without which these reject with `host-rights`. */
  service(): Promise<ServiceFacts>;
  /** What QEMU has there for this migration. */
  dataEnd(purpose: TlsPurpose): Promise<DataEnd>;
  daemonDoor(): Promise<DaemonDoor>;
  /** With the files of libvirt's client, or those in a folder of their own. */
  tryPeerLogin(address: PeerAddress): Promise<LoginTrial>;
  /** As far as it goes without a certificate. @param trusted PEM: by whom the daemon's has to be */
  tryPeerServer(address: PeerAddress, trusted: string): Promise<HandshakeOutcome>;
  /** @param host where root would log in, as it stands in the address */
  rootCredentials(host: string): Promise<RootCredentials>;
  saslRules(): Promise<SaslRules>;
  /** Opens a relay's end, sends a byte through a socket on the host, and removes it all. */
  relay(): Promise<RelayFacts>;
}

/** Everything that the checks of one preflight may ask; one object for one run. */
export interface PreflightContext {
  readonly options: PlanOptions;
  readonly guestName: string;
  readonly now: Date;
  readonly source: HostFacts;
  readonly destination: HostFacts;
  /** Rejects with `GuestNotFoundError` when the source knows no such guest. */
  guest(): Promise<GuestFacts>;
  /** Whether a path leads to the same file on both hosts, or to the same as another path there. Never rejects. */
  sharing(here: string, there?: string): Promise<Sharing>;
  /** Where the source will connect to, and the name it will expect in the destination's certificate. */
  dataAddress(): Promise<DataAddress>;
  /** How the source's daemon gets into the destination's; rejects where no address for that is known or usable. */
  peerLogin(): Promise<PeerLogin>;
  /** A handshake as the two QEMUs will make it, on a port of the destination's range. Nothing is left of it. */
  tryData(): Promise<HandshakeOutcome>;
  /** Tries ports of the range from the source against listeners of our own on the destination. */
  probePorts(host: string, range: PortRange): Promise<PortProbe[]>;
}
