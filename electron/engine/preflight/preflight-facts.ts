import { parseConnectUri, type Transport } from '../../libvirt/index.ts';
import { withDataAddress } from './check.ts';
import type { HostFacts, PreflightContext, RelayFacts } from './context.ts';
import type { DataAddress } from './facts/data-address.ts';
import { needsPeer } from '../choose-control.ts';
import { verifiesClient } from '../../setup/config/qemu-settings.ts';
import type { DiskCopy } from '../storage/disk-copy.ts';
import { copiedDisks, isCopyable } from './checks/chosen-disks.ts';
import type { CopyJudgement } from './checks/copy-judgement.ts';
import { judgeCopy } from './checks/disk-copy.ts';
import { isStorageProvenShared } from './checks/storage-safety.ts';
import { orUndefined } from './once.ts';
import type { PeerLogin } from './peer/peer-login.ts';
import { reachedControl } from './reached-control.ts';
import type { ConnectionFacts } from '../stream-connection.ts';
import { BadInputError, messageOf } from '../../common/errors.ts';

/** How Viaduct itself reaches a host. */
export interface ControlConnection {
  transport: Transport;
  encrypted: boolean;
  /** Whether the host proves who it is. */
  authenticated: boolean;
  by: string;
  /** Where it leads, and what both ends showed. */
  reached: ConnectionFacts;
}

/** Whether the destination's QEMU asks the source's for a certificate, and how that is known. */
export interface ClientVerification {
  destinationVerifiesClient: boolean | 'unknown';
  evidence: string;
}

/** What was learned on the way and the planner needs. */
export interface PreflightFacts {
  guest: {
    name: string;
    uuid: string;
    memoryBytes: number;
    state: 'running' | 'paused' | 'shut-off' | 'other';
    persistent: boolean;
    /** Targets of the disks that have something in them, in the order of the definition. */
    disks: string[];
    /** Those of them that a storage copy would send: writable, and not on the network. */
    copyableDisks: string[];
    /** Those to be copied whose place on the destination is known. */
    copies: DiskCopy[];
    /** See `MigrationPlan`. */
    storageProvenShared: boolean;
  };
  /** What the destination calls itself. */
  destinationHostName: string;
  /** Absent where daemons or a relay carry the data. */
  dataAddress: DataAddress | undefined;
  /** From which the destination's daemon takes the ports for the data; `undefined` where its configuration cannot be read. */
  dataPorts: { first: number; last: number } | undefined;
  /** Absent where the migration is managed, or was to be chosen and no address for the daemons is known. */
  peer: PeerLogin | undefined;
  /** Set in mode ssh-relay where both ends were tried and work. */
  relay: { source: RelayFacts; destination: RelayFacts } | undefined;
  tls: ClientVerification;
  control: { source: ControlConnection; destination: ControlConnection };
}

/** Collects what the checks have already fetched. Rejects where no plan can be made. */
export async function gatherFacts(context: PreflightContext): Promise<PreflightFacts> {
  const [guest, { hostname }, dataAddress, dataPorts, peer, relay, tls, copies, storageProvenShared] =
    await Promise.all([
      context.guest(),
      context.destination.daemon(),
      withDataAddress(context.options) ? context.dataAddress() : undefined,
      orUndefined(() => portsOf(context.destination)),
      peerLogin(context),
      relayFacts(context),
      clientVerification(context.destination),
      diskCopies(context),
      isStorageProvenShared(context).catch(falseIfUnknown),
    ]);
  const filled = guest.disks.filter((disk) => disk.source !== undefined);
  return {
    guest: {
      name: guest.name,
      uuid: guest.uuid,
      memoryBytes: guest.memoryBytes,
      state: guest.state,
      persistent: guest.persistent,
      disks: filled.map(({ target }) => target),
      copyableDisks: filled.filter(isCopyable).map(({ target }) => target),
      copies,
      storageProvenShared,
    },
    destinationHostName: hostname,
    dataAddress,
    dataPorts,
    peer,
    relay,
    tls,
    control: {
      source: controlOf(context.source),
      destination: controlOf(context.destination),
    },
  };
}

/** What the check of the disks found out, without its findings; what it could not find out is left out. */
async function diskCopies(context: PreflightContext): Promise<DiskCopy[]> {
  const disks = copiedDisks((await context.guest()).disks, context.options);
  const judged = await Promise.all(
    disks.map((disk) =>
      judgeCopy(disk, context).catch((): CopyJudgement => ({ findings: [], copy: undefined })),
    ),
  );
  return judged.flatMap(({ copy }) => copy ?? []);
}

/** Unproven, then, and libvirt decides. */
const falseIfUnknown = (): boolean => false;

async function peerLogin(context: PreflightContext): Promise<PeerLogin | undefined> {
  const { options } = context;
  if (options.control === 'managed') return undefined;
  try {
    return await context.peerLogin();
  } catch (error) {
    // Where there is a choice, not knowing where to log in decides it.
    if (needsPeer(options) || error instanceof BadInputError) throw error;
    return undefined;
  }
}

/** A check says what is in the way of a relay. */
async function relayFacts({
  options,
  source,
  destination,
}: PreflightContext): Promise<PreflightFacts['relay']> {
  if (options.mode !== 'ssh-relay') return undefined;
  const [first, second] = await Promise.allSettled([source.relay(), destination.relay()]);
  if (first.status === 'rejected' || second.status === 'rejected') return undefined;
  return { source: first.value, destination: second.value };
}

async function clientVerification(destination: HostFacts): Promise<ClientVerification> {
  try {
    const [settings, daemon] = await Promise.all([destination.qemuSettings(), destination.daemon()]);
    const { verifies, because } = verifiesClient(settings, daemon.libvirt.number);
    return { destinationVerifiesClient: verifies, evidence: because };
  } catch (error) {
    return { destinationVerifiesClient: 'unknown', evidence: messageOf(error) };
  }
}

async function portsOf(destination: HostFacts): Promise<PreflightFacts['dataPorts']> {
  const { portMin: first, portMax: last } = await destination.qemuSettings();
  return { first, last };
}

/** How this machine reaches a host that has answered. */
export function controlOf({ connectUri, seen }: Pick<HostFacts, 'connectUri' | 'seen'>): ControlConnection {
  return { ...describeControl(connectUri), reached: reachedControl(connectUri, seen()) };
}

/** What the transport of a connect URI guarantees; the connection exists, so its checks were passed. */
function describeControl(connectUri: string): Omit<ControlConnection, 'reached'> {
  const { transport, parameters } = parseConnectUri(connectUri);
  switch (transport) {
    case 'ssh':
      return parameters.noVerify || parameters.knownHostsVerify === 'ignore'
        ? { transport, encrypted: true, authenticated: false, by: 'SSH; any host key is accepted' }
        : { transport, encrypted: true, authenticated: true, by: "SSH; the host's key is known" };
    case 'tls':
      return parameters.noVerify
        ? {
            transport,
            encrypted: true,
            authenticated: false,
            by: 'TLS; the host is not verified (no_verify)',
          }
        : { transport, encrypted: true, authenticated: true, by: "TLS; the host's certificate is verified" };
    case 'unix':
      return { transport, encrypted: true, authenticated: true, by: 'a socket of this machine' };
    case 'tcp':
      return { transport, encrypted: false, authenticated: false, by: 'nothing' };
    case 'ext':
      return {
        transport,
        encrypted: false,
        authenticated: false,
        by: 'a command of the user, unknown to Viaduct',
      };
  }
}
