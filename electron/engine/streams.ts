import { daemonConnection, diskConnection, memoryConnection, type WaySeen } from './data-connections.ts';
import type { DataStream, Protection } from './data-stream.ts';
import { daemonStream, tunnel, type Ends } from './peer-streams.ts';
import type { DataAddress } from './preflight/facts/data-address.ts';
import type { PeerLogin } from './preflight/peer/peer-login.ts';
import type { ControlConnection, PreflightFacts } from './preflight/preflight-facts.ts';
import { relayConnections, relayed, wayOfRelay } from './relay-streams.ts';
import type { PlanOptions } from './plan.ts';

/** What was found out about how each path is protected. */
export type TlsFacts = PreflightFacts['tls'];

export interface StreamFacts {
  source: { name: string; control: ControlConnection };
  destination: { name: string; control: ControlConnection };
  /** Set exactly in a peer-to-peer migration. */
  peer: PeerLogin | undefined;
  /** Absent where daemons or a relay carry the data. */
  dataAddress: DataAddress | undefined;
  dataPorts: PreflightFacts['dataPorts'];
  seen: WaySeen;
  /** Set where a relay was tried and works. */
  relay: PreflightFacts['relay'];
  tls: TlsFacts;
  /** Targets of the disks that are copied along. */
  copiedDisks: readonly string[];
  mode: PlanOptions['mode'];
  offline: PlanOptions['offline'];
  parallel: PlanOptions['parallel'];
  postCopy: PlanOptions['postCopy'];
}

/** Every path that the guest's data or the control of its move takes, in the order in which they are opened. */
export function dataStreams(facts: StreamFacts): DataStream[] {
  const { source, destination, peer, seen, copiedDisks } = facts;
  const ends = { source: source.name, destination: destination.name };
  const control = [
    controlStream('source', source),
    controlStream('destination', destination),
    ...(peer === undefined ? [] : [daemonStream(peer, ends, seen)]),
  ];
  // The definition is part of what the control connections carry.
  if (facts.offline) return control;
  const protection = protectionOf(facts, ends);
  const data = { ...protection, ...carriedBy(facts, ends, memoryConnection) };
  const disks = { ...protection, ...carriedBy(facts, ends, diskConnection) };
  return [
    ...control,
    { name: 'memory and device state', path: wayOfMemory(facts), ...data },
    ...furtherChannels(facts, data),
    ...copiedDisks.map((target): DataStream => {
      // NBD goes to the same host on a port of its own, with the migration's credentials.
      return { name: `disk ${target}`, path: wayOfDisks(facts), ...disks };
    }),
  ];
}

/** The same credentials and flags hold for every connection that QEMU opens for one migration. */
function furtherChannels(facts: StreamFacts, data: Protection & Carried): DataStream[] {
  const { source, destination, parallel, postCopy } = facts;
  const channels: DataStream[] = [];
  if (parallel !== undefined) {
    const path = `${wayOfMemory(facts)}, ${parallel} more ${parallel === 1 ? 'connection' : 'connections'}`;
    channels.push({ name: 'further memory channels', path, ...data });
  }
  if (postCopy) {
    const path = `${destination.name} asks ${source.name} for pages over the connections of the memory`;
    channels.push({ name: 'pages after the switch', path, ...data });
  }
  return channels;
}

function protectionOf(facts: StreamFacts, ends: Ends): Protection {
  switch (facts.mode) {
    case 'native-tls':
      return nativeTls(facts);
    case 'tunnelled':
      return facts.peer === undefined ? noTunnel : tunnel(facts.peer, ends);
    case 'ssh-relay':
      return relayed(facts.relay, ends);
    case 'plain':
      return plain;
  }
}

type Carried = Pick<DataStream, 'connections'>;

/** @param ofQemu what QEMU opens by itself, where neither a relay nor the daemons carry it */
function carriedBy(facts: StreamFacts, ends: Ends, ofQemu: typeof memoryConnection): Carried {
  switch (facts.mode) {
    case 'native-tls':
    case 'plain':
      return { connections: [ofQemu(facts)] };
    case 'tunnelled': {
      if (facts.peer === undefined) return {};
      const port = { kind: 'inside', carrier: 'daemons-connection' } as const;
      return { connections: [{ ...daemonConnection(facts.peer, facts.seen), port }] };
    }
    case 'ssh-relay':
      return relayConnections(facts.relay, ends);
  }
}

function wayOfMemory({ mode, source, destination, peer, dataAddress }: StreamFacts): string {
  if (mode === 'ssh-relay') return wayOfRelay({ source: source.name, destination: destination.name });
  if (mode === 'tunnelled') {
    const tunnelled = peer?.address.dconnuri ?? destination.name;
    return `${source.name} to ${tunnelled}, through the two daemons inside their connection`;
  }
  const migrateUri = dataAddress?.migrateUri ?? destination.name;
  return `${source.name} to ${migrateUri}${portWords(migrateUri)}`;
}

function wayOfDisks({ mode, source, destination, dataAddress }: StreamFacts): string {
  if (mode === 'ssh-relay') {
    return `${wayOfRelay({ source: source.name, destination: destination.name })}, sockets of its own for NBD`;
  }
  return `${source.name} to ${dataAddress?.migrateUri ?? destination.name}, a port of its own for NBD`;
}

/** The way by which this machine reaches a host. */
export function controlStream(side: 'source' | 'destination', end: StreamFacts['source']): DataStream {
  const { transport, encrypted, authenticated, by, reached } = end.control;
  return {
    name: `control to ${side}`,
    path: `this machine to ${end.name} over ${transport}`,
    encrypted,
    authenticated,
    by,
    evidence: 'the connection that the checks themselves ran over',
    connections: [{ from: 'client', to: side, ...reached }],
  };
}

function portWords(migrateUri: string): string {
  return /:\d+$/.test(migrateUri) ? '' : ', a port of the destination’s range';
}

/** QEMU as TLS client always checks the server's certificate against the name; the other way is a setting. */
function nativeTls({ tls, dataAddress, destination }: StreamFacts): Protection {
  return {
    encrypted: true,
    authenticated: true,
    by: `QEMU TLS; the source verifies that the destination is ${dataAddress?.tlsName ?? destination.name}, ${mutual(tls)}`,
    evidence: `the TLS flag is sent to both daemons, which refuse it without credentials; ${destination.name}: ${tls.evidence}`,
  };
}

function mutual({ destinationVerifiesClient }: TlsFacts): string {
  switch (destinationVerifiesClient) {
    case true:
      return 'and the destination verifies the source’s certificate';
    case false:
      return 'but the destination does not verify the source';
    case 'unknown':
      return 'but whether the destination verifies the source is not known';
  }
}

const plain: Protection = {
  encrypted: false,
  authenticated: false,
  by: 'nothing: whoever connects to the port first is taken for the source',
  evidence: 'mode plain sends no TLS flag',
};

/** Of a plan that is refused, because nobody opens the connection that the tunnel would go through. */
export const noTunnel: Protection = {
  encrypted: false,
  authenticated: false,
  by: 'nothing: there is no connection between the daemons',
  evidence: 'a managed migration has none',
};
