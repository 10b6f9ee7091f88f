import type { Digest, HostFile } from '../common/host/host-files.ts';
import type { Privilege } from '../common/host/root-shell.ts';
import type { ConfValue } from '../common/libvirt-conf.ts';
import type { CertificateFiles } from './facts/certificate-files.ts';
import type { DaemonLayout } from './facts/daemon-layout.ts';
import type { FirewallFacts } from './facts/firewall.ts';
import type { OpenStackFacts } from './facts/openstack.ts';
import type { RunningGuests } from './facts/running-guests.ts';
import type { SystemFacts } from './facts/system.ts';
import type { UnitFacts } from './facts/units.ts';

export interface QemuAccount {
  uid: number;
  gid: number;
  user: string;
  group: string;
  /** How that is known. */
  because: string;
}

export interface ConfigurationFacts {
  path: string;
  exists: boolean;
  digest: Digest;
  /** Settings that are written in it and matter here; nothing of it that could be a secret. */
  settings: Record<string, ConfValue>;
  /** Why it could not be understood. */
  broken: string | undefined;
}

/** What there is on a host that host setup cares about. It holds no secrets and can be shown and sent. */
export interface HostSetupFacts extends SystemFacts {
  host: string;
  connectUri: string;
  /** How the login becomes root, or what keeps it from that. */
  login: { privilege: Privilege } | { privilege: 'none'; message: string; remedy: string };
  /** As `major * 1,000,000 + minor * 1000 + micro`, with its text. */
  libvirt: { number: number; text: string };
  qemu: { number: number; text: string };
  /** `undefined`: no daemon of libvirt was found. */
  layout: DaemonLayout | undefined;
  /** Units that exist. */
  units: UnitFacts[];
  tls: { port: number; listening: boolean; enabledAtBoot: boolean; masked: boolean };
  tcpListening: boolean;
  qemuAccount: QemuAccount | undefined;
  qemuConf: ConfigurationFacts;
  daemonConf: ConfigurationFacts;
  certificates: CertificateFiles;
  migrationPorts: { min: number; max: number };
  firewall: FirewallFacts;
  guests: RunningGuests;
  openstack: OpenStackFacts | undefined;
  /** Questions that had no answer, a sentence each. */
  unknown: string[];
}

/** The facts, and beside them the configuration files themselves, which may hold passwords and are never shown. */
export interface HostInspection {
  facts: HostSetupFacts;
  files: ReadonlyMap<string, HostFile>;
}
