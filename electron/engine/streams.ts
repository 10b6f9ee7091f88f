import type { DataStream } from './data-stream.ts';
import type { ControlConnection, PreflightFacts } from './preflight/preflight-facts.ts';
import type { PlanOptions } from './plan.ts';

/** What was found out about how each path is protected. */
export type TlsFacts = PreflightFacts['tls'];

export interface StreamFacts {
  source: { name: string; control: ControlConnection };
  destination: { name: string; control: ControlConnection };
  migrateUri: string;
  /** The name that the source expects in the destination's certificate. */
  tlsName: string;
  tls: TlsFacts;
  /** Targets of the disks that are copied along. */
  copiedDisks: readonly string[];
  mode: PlanOptions['mode'];
}

interface Protection {
  encrypted: boolean;
  authenticated: boolean;
  by: string;
  evidence: string;
}

/** Every path that the guest's data or the control of its move takes, in the order in which they are opened. */
export function dataStreams(facts: StreamFacts): DataStream[] {
  const { source, destination, migrateUri, copiedDisks } = facts;
  const data = facts.mode === 'native-tls' ? nativeTls(facts) : plain;
  const way = `${source.name} to ${migrateUri}`;
  return [
    controlStream('source', source),
    controlStream('destination', destination),
    { name: 'memory and device state', path: `${way}${portWords(migrateUri)}`, ...data },
    ...copiedDisks.map((target): DataStream => {
      // NBD goes to the same host on a port of its own, with the migration's credentials.
      return { name: `disk ${target}`, path: `${way}, a port of its own for NBD`, ...data };
    }),
  ];
}

function controlStream(side: 'source' | 'destination', end: StreamFacts['source']): DataStream {
  const { transport, encrypted, authenticated, by } = end.control;
  return {
    name: `control to ${side}`,
    path: `this machine to ${end.name} over ${transport}`,
    encrypted,
    authenticated,
    by,
    evidence: 'the connection that the checks themselves ran over',
  };
}

function portWords(migrateUri: string): string {
  return /:\d+$/.test(migrateUri) ? '' : ', a port of the destination’s range';
}

/** QEMU as TLS client always checks the server's certificate against the name; the other way is a setting. */
function nativeTls({ tls, tlsName, destination }: StreamFacts): Protection {
  return {
    encrypted: true,
    authenticated: true,
    by: `QEMU TLS; the source verifies that the destination is ${tlsName}, ${mutual(tls)}`,
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
