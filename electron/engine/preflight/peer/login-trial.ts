import type { AgreedCipher } from '../../../common/agreed-cipher.ts';
import { printable } from '../../../common/printable.ts';
import type { RootShell } from '../../../common/host/root-shell.ts';
import { libvirtFiles } from '../../../setup/config/libvirt-files.ts';
import {
  tryControlLogin,
  tryControlServer,
  type ClientFiles,
} from '../../../setup/handshakes/control-login.ts';
import type { HandshakeOutcome } from '../../../setup/handshakes/handshake-outcome.ts';
import type { PeerAddress } from './peer-address.ts';

/** What came of trying to get into the destination's daemon from the source. */
export type LoginTrial =
  /** `by`: the certificate alone, or libvirt's own client with root's credentials. */
  | { kind: 'in'; by: 'certificate' | 'credentials'; cipher?: AgreedCipher }
  /** Let in by certificate; the daemon wants SASL as well, and libvirt's client on the source got no further. */
  | { kind: 'wants-sasl'; said: string }
  /** Where the reason is libvirt's own sentence alone. */
  | { kind: 'refused'; said: string }
  | Exclude<HandshakeOutcome, { kind: 'agreed' }>;

const handshakeSeconds = 4;
const clientSeconds = 4;
const exitNotFound = 127;

const { authority, revocations, client } = libvirtFiles;
/** Where libvirt's client finds its certificate by itself. */
export const usualFiles: ClientFiles = { authority, revocations, ...client };

/** Where it looks below `pkipath` (docs/uri.rst of libvirt). */
export function filesIn(folder: string): ClientFiles {
  return {
    authority: `${folder}/cacert.pem`,
    revocations: `${folder}/cacrl.pem`,
    certificate: `${folder}/clientcert.pem`,
    key: `${folder}/clientkey.pem`,
  };
}

/** Whether the source reaches the daemon and takes its certificate; nothing is shown to it. */
export function tryPeerServer(
  root: RootShell,
  { host, port }: PeerAddress,
  trusted: string,
  signal: AbortSignal,
): Promise<HandshakeOutcome> {
  return tryControlServer(root, trusted, { host, port, seconds: handshakeSeconds, signal });
}

/**
 * Tries the login that the source's daemon will make: as root, with the files and credentials that it has there. It ends
 * by itself and leaves nothing.
 */
export async function tryPeerLogin(
  root: RootShell,
  address: PeerAddress,
  files: ClientFiles,
  signal: AbortSignal,
): Promise<LoginTrial> {
  if (address.transport === 'tcp') return withLibvirtsClient(root, address, signal, 'refused');
  const { host, port } = address;
  const trial = { host, port, seconds: handshakeSeconds, asksForLogin: true, signal };
  const outcome = await tryControlLogin(root, files, trial);
  if (outcome.kind === 'not-tried') return withLibvirtsClient(root, address, signal, 'refused');
  if (outcome.kind !== 'agreed') return outcome;
  const cipher = outcome.cipher && { cipher: outcome.cipher };
  if (outcome.login === 'none') return { kind: 'in', by: 'certificate', ...cipher };
  const further = await withLibvirtsClient(root, address, signal, 'wants-sasl');
  return further.kind === 'in' ? { ...further, ...cipher } : further;
}

/** Whatever a daemon may ask, its own library answers best; virsh asks nobody, as its standard input is closed. */
async function withLibvirtsClient(
  root: RootShell,
  { dconnuri }: PeerAddress,
  signal: AbortSignal,
  otherwise: 'refused' | 'wants-sasl',
): Promise<LoginTrial> {
  const argv = ['timeout', '-k', '1', String(clientSeconds), 'virsh', '-q', '-c', dconnuri, 'uri'];
  const limits = { signal, deadlineMs: (clientSeconds + 5) * 1000, maxOutputBytes: 64 * 1024 };
  const { code, stderr } = await root.operate('look', argv, limits);
  if (code === 0) return { kind: 'in', by: 'credentials' };
  const said =
    printable(stderr, 1000)
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^error: /, '') ?? '';
  if (code === exitNotFound) return { kind: 'not-tried', said: 'there is neither openssl nor virsh on it' };
  return { kind: otherwise, said };
}
