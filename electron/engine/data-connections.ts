import type { AgreedCipher } from '../common/agreed-cipher.ts';
import { definedOf } from '../common/defined-of.ts';
import { printable } from '../common/printable.ts';
import type { ProvenIdentity } from './identity.ts';
import type { PlanOptions } from './plan.ts';
import type { DataAddress } from './preflight/facts/data-address.ts';
import type { PeerLogin } from './preflight/peer/peer-login.ts';
import type { PreflightFacts } from './preflight/preflight-facts.ts';
import { certificateWords, daemonCertificateWords } from './preflight/tls-words.ts';
import type { ConnectionFacts, StreamConnection } from './stream-connection.ts';

/** What the checks saw of the way from the source to the destination. */
export interface WaySeen {
  /** The certificates and keys that the streams rest on. */
  identities: readonly ProvenIdentity[];
  /** What the trial handshake with QEMU's certificates agreed on; `undefined` where none was made, or it did not tell. */
  dataCipher: AgreedCipher | undefined;
}

interface QemuConnection {
  mode: PlanOptions['mode'];
  dataAddress: DataAddress | undefined;
  dataPorts: PreflightFacts['dataPorts'];
  tls: PreflightFacts['tls'];
  seen: WaySeen;
}

const way = { from: 'source', to: 'destination' } as const;

/** What the source's QEMU opens for the memory. */
export function memoryConnection(facts: QemuConnection): StreamConnection {
  const given = facts.dataAddress?.port;
  return given === undefined
    ? diskConnection(facts)
    : { ...diskConnection(facts), port: { kind: 'port', number: given } };
}

/** What it opens for each disk: libvirt takes a port of the range for NBD, also where one for the memory was given. */
export function diskConnection({
  mode,
  dataAddress,
  dataPorts,
  tls,
  seen,
}: QemuConnection): StreamConnection {
  const reached = {
    ...way,
    ...definedOf({
      address: dataAddress?.host,
      port: dataPorts && ({ kind: 'range', ...dataPorts } as const),
    }),
  };
  if (mode !== 'native-tls') return reached;
  const comes = tls.destinationVerifiesClient === true;
  return {
    ...reached,
    ...definedOf({
      expectedName: dataAddress?.tlsName,
      identity: identityOf(seen, 'destination', certificateWords.server),
      login: comes ? identityOf(seen, 'source', certificateWords.client)?.subject : undefined,
      cipher: inTrial(seen.dataCipher),
    }),
  };
}

/** What the source's daemon opens to the destination's. */
export function daemonConnection({ address, identity, trial }: PeerLogin, seen: WaySeen): StreamConnection {
  const reached = { ...way, address: address.host, port: { kind: 'port', number: address.port } as const };
  if (address.transport === 'tcp') return reached;
  return {
    ...reached,
    expectedName: address.host,
    ...definedOf({
      identity: identityOf(seen, 'destination', daemonCertificateWords.server),
      login: identity && printable(identity),
      cipher: trial.kind === 'in' ? inTrial(trial.cipher) : undefined,
    }),
  };
}

function identityOf(
  { identities }: WaySeen,
  host: ProvenIdentity['side'],
  certificate: string,
): ConnectionFacts['identity'] {
  const { what, subject, fingerprint } =
    identities.find(({ side, what }) => side === host && what === certificate) ?? {};
  if (what === undefined || subject === undefined || fingerprint === undefined) return undefined;
  return { what, subject: printable(subject), fingerprint };
}

function inTrial(cipher: AgreedCipher | undefined): ConnectionFacts['cipher'] {
  return cipher && { ...cipher, seenIn: 'trial' };
}
