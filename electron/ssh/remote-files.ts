import type { SFTPWrapper, Stats } from 'ssh2';
import { messageOf } from '../common/errors.ts';
import { abortable, Deadline } from './deadline.ts';
import { SshCommandError, SshError } from './errors.ts';
import type { Link } from './link.ts';
import { printable } from '../common/printable.ts';
import { openSession, type SessionSlots } from './session-slots.ts';
import type { RemoteFileStat } from './session-options.ts';

const REQUEST_TIMEOUT_MS = 30_000;
const CHUNK_BYTES = 32 * 1024;
/** SSH_FX_NO_SUCH_FILE of draft-ietf-secsh-filexfer-02, which is what OpenSSH speaks. */
const NO_SUCH_FILE = 2;

type Callback<T> = (error: Error | undefined, value: T) => void;

/** Reads files on the host over SFTP, a session for each request. */
export class RemoteFiles {
  readonly #link: Link;
  readonly #slots: SessionSlots;

  constructor(link: Link, slots: SessionSlots) {
    this.#link = link;
    this.#slots = slots;
  }

  stat(path: string): Promise<RemoteFileStat | undefined> {
    return this.#withSftp(path, async (sftp) => toStat(await call<Stats>((done) => sftp.stat(path, done))));
  }

  /** The whole file; also of those whose size is not known before, as in /proc. */
  read(path: string, maxBytes: number): Promise<Buffer | undefined> {
    return this.#withSftp(path, async (sftp) => {
      const handle = await call<Buffer>((done) => sftp.open(path, 'r', done));
      const chunks: Buffer[] = [];
      let position = 0;
      for (;;) {
        const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, maxBytes + 1 - position));
        const count = await call<number>((done) =>
          sftp.read(handle, chunk, 0, chunk.length, position, (error, bytesRead) => done(error, bytesRead)),
        );
        if (count === 0) return Buffer.concat(chunks);
        chunks.push(chunk.subarray(0, count));
        position += count;
        if (position > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`);
      }
    });
  }

  async #withSftp<T>(path: string, use: (sftp: SFTPWrapper) => Promise<T>): Promise<T | undefined> {
    using deadline = new Deadline(REQUEST_TIMEOUT_MS, () => this.#failure(path, 'the host does not answer'));
    const { session: sftp, release } = await openSession<SFTPWrapper>(
      this.#link,
      this.#slots,
      (done) => {
        this.#link.client.sftp((error, session) => {
          if (!error) session.on('error', () => undefined);
          done(error, error ? undefined : session);
        });
      },
      (late) => late.end(),
      deadline.signal,
    ).catch((error: unknown) => {
      throw error instanceof SshError ? error : this.#noSftp(error);
    });
    sftp.once('close', release);
    try {
      return await abortable(use(sftp), deadline.signal);
    } catch (error) {
      if (error instanceof SshError) throw error;
      if (this.#link.brokenBy) throw this.#link.brokenBy;
      if (error instanceof Error && 'code' in error && error.code === NO_SUCH_FILE) return undefined;
      throw this.#failure(path, messageOf(error), error);
    } finally {
      sftp.end();
    }
  }

  #failure(path: string, reason: string, cause?: unknown): SshCommandError {
    return new SshCommandError(
      'ssh-command-failed',
      `${printable(path, 200)} on ${this.#link.host} cannot be read: ${printable(reason, 200)}.`,
      {
        cause,
        exitCode: undefined,
        stderr: '',
        remedy: 'Check its owner and mode on the host, and log in as a user who may read it.',
      },
    );
  }

  #noSftp(cause: unknown): SshCommandError {
    return new SshCommandError(
      'ssh-command-failed',
      `${this.#link.host} offers no SFTP: ${printable(messageOf(cause), 200)}.`,
      {
        cause,
        exitCode: undefined,
        stderr: '',
        remedy: 'Add "Subsystem sftp internal-sftp" to its sshd_config and reload sshd.',
      },
    );
  }
}

function call<T>(request: (done: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    request((error, value) => {
      if (error) reject(error);
      else resolve(value);
    });
  });
}

const FILE_TYPE_MASK = 0o170000;
const KINDS: Partial<Record<number, RemoteFileStat['kind']>> = {
  0o100000: 'file',
  0o040000: 'directory',
  0o140000: 'socket',
};

function toStat({ mode, size, uid, gid, mtime }: Stats): RemoteFileStat {
  return {
    kind: KINDS[mode & FILE_TYPE_MASK] ?? 'other',
    sizeBytes: size,
    uid,
    gid,
    mode: mode & 0o7777,
    modifiedAtMs: mtime * 1000,
  };
}
