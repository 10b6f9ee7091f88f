import type { ByteStream } from '../common/byte-stream.ts';
import type { ExecOptions, ExecResult, RemoteFileStat } from './session-options.ts';

export interface SshSession {
  openUnixSocket(path: string, options?: { signal?: AbortSignal }): Promise<ByteStream>;
  openExecStream(argv: readonly string[], options?: { signal?: AbortSignal }): Promise<ByteStream>;
  exec(argv: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  readFile(path: string, maxBytes: number): Promise<Buffer>;
  stat(path: string): Promise<RemoteFileStat | undefined>;
  readonly closed: Promise<Error | undefined>;
  close(): void;
}
