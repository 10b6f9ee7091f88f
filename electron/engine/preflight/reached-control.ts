import { definedOf } from '../../common/defined-of.ts';
import { printable } from '../../common/printable.ts';
import type { SeenConnection } from '../../hosts/seen-connection.ts';
import { defaultPorts, parseConnectUri } from '../../libvirt/index.ts';
import type { ConnectionFacts } from '../stream-connection.ts';

/** @param seen what this machine saw of the connection; where it saw nothing, what the URI alone decides is left */
export function reachedControl(connectUri: string, seen: SeenConnection | undefined): ConnectionFacts {
  const { transport, server, port, parameters } = parseConnectUri(connectUri);
  if (transport === 'unix') return { port: { kind: 'inside', carrier: 'socket' } };
  if (transport === 'ext') return {};
  if (seen === undefined) {
    // Which port an ssh program of the user's takes is for its own configuration to say.
    const number = port ?? (transport === 'ssh' ? undefined : defaultPorts[transport]);
    return definedOf({ address: server, port: number === undefined ? undefined : onePort(number) });
  }
  const { identity, cipher, address, login } = seen;
  return {
    address,
    port: onePort(seen.port),
    identity: {
      what: identity.kind,
      subject: printable(identity.subject),
      fingerprint: identity.fingerprint,
    },
    cipher: { ...cipher, seenIn: 'connection' },
    ...definedOf({ login, expectedName: transport === 'tls' && !parameters.noVerify ? address : undefined }),
  };
}

function onePort(number: number): ConnectionFacts['port'] & object {
  return { kind: 'port', number };
}
