import type { ByteStream } from '../../common/byte-stream.ts';
import type { ParsedUri } from '../uri.ts';
import { extCommandLine, sshCommandLine } from './command-line.ts';
import { probePeer } from './peer-probe.ts';
import { openProcessStream } from './process-stream.ts';

export interface CommandStreamOptions {
  readonly readOnly?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Time for the program to log in and bring the daemon's first answer; default 60 000. */
  readonly probeTimeoutMs?: number | undefined;
}

/** A program may ask a person, by a window of its own or for a touch on a key. */
const defaultProbeTimeoutMs = 60_000;

/** The ssh transport with `command`: the named ssh program carries the connection. @throws {TransportError} */
export function openSshCommandTransport(
  uri: ParsedUri,
  options: CommandStreamOptions = {},
): Promise<ByteStream> {
  return openProgram(sshCommandLine(uri, { readOnly: options.readOnly ?? false }), options);
}

/** The transport ext: the named program is the connection. @throws {TransportError} */
export function openExtTransport(uri: ParsedUri, options: CommandStreamOptions = {}): Promise<ByteStream> {
  return openProgram(extCommandLine(uri), options);
}

async function openProgram(
  argv: readonly string[],
  { signal, probeTimeoutMs: timeoutMs = defaultProbeTimeoutMs }: CommandStreamOptions,
): Promise<ByteStream> {
  const stream = await openProcessStream(argv);
  return probePeer(stream, { timeoutMs, signal, carrier: `The program ${argv[0] ?? ''}` });
}
