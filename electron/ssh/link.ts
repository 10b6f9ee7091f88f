import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { messageOf } from '../common/errors.ts';
import { SshError } from './errors.ts';
import type { HostKeyEvidence } from './host-key-check.ts';

/** How a connection is protected: what Viaduct shows as evidence for a stream that goes over it. */
export interface LinkSecurity {
  /** The port that was connected to. */
  port: number;
  /** Who is logged in. */
  user: string;
  hostKeyType: string;
  /** `SHA256:…` of the host key. */
  hostKeyFingerprint: string;
  /** Why this key was taken for the host's. */
  hostKeyEvidence: HostKeyEvidence;
  /** The cipher of what we send and receive, for example `aes256-gcm@openssh.com`. */
  cipher: string;
}

/** For the host to take leave as well. */
const leaveGraceMs = 2_000;

/** A logged-in connection, and the one place that knows whether it still stands. */
export class Link {
  readonly client: Client;
  readonly #transport: Duplex;
  readonly host: string;
  readonly security: LinkSecurity;
  /** What the user's ssh configuration asks for and was not done. */
  readonly notes: readonly string[];
  /** Settles once: undefined after close(), else what broke the connection. */
  readonly closed: Promise<SshError | undefined>;
  #end: { error: SshError | undefined } | undefined;
  #cause: Error | undefined;
  readonly #onEnd = new Set<(error: SshError | undefined) => void>();

  /** @param transport what carries the client */
  constructor(
    client: Client,
    transport: Duplex,
    host: string,
    security: LinkSecurity,
    notes: readonly string[],
  ) {
    this.notes = notes;
    this.client = client;
    this.#transport = transport;
    this.host = host;
    this.security = security;
    const { promise, resolve } = Promise.withResolvers<SshError | undefined>();
    this.closed = promise;
    this.#onEnd.add(resolve);
    client.on('error', (error) => {
      this.#cause ??= error;
    });
    // Comes before ssh2 ends the channels, so that they can tell a lost link from an orderly end.
    client.on('end', () => {
      this.#finish(this.#lost());
    });
    client.on('close', () => {
      this.#finish(this.#lost());
    });
  }

  /** What broke the connection, or undefined while it stands or after close(). */
  get brokenBy(): SshError | undefined {
    return this.#end?.error;
  }

  /** Calls back when the connection ends, at once if it has; returns how to stop listening. */
  onEnd(listener: (error: SshError | undefined) => void): () => void {
    if (this.#end) {
      listener(this.#end.error);
      return () => undefined;
    }
    this.#onEnd.add(listener);
    return () => this.#onEnd.delete(listener);
  }

  /** Throws if the connection is gone. */
  assertOpen(): void {
    if (!this.#end) return;
    throw (
      this.#end.error ??
      new SshError('ssh-link-lost', `The SSH connection to ${this.host} is closed.`, {
        remedy: 'Connect again.',
      })
    );
  }

  /**
   * Takes leave in order. A host whose link is silently dead never answers that, and ssh2's own `destroy` does nothing
   * once its end is written: the socket would keep this process alive until the kernel gives up, after a quarter of an hour.
   */
  close(): void {
    this.#finish(undefined);
    this.client.end();
    if (this.#transport.destroyed) return;
    const late = setTimeout(() => this.#transport.destroy(), leaveGraceMs);
    this.#transport.once('close', () => clearTimeout(late));
  }

  #finish(error: SshError | undefined): void {
    if (this.#end) return;
    this.#end = { error };
    for (const listener of this.#onEnd) listener(error);
    this.#onEnd.clear();
  }

  #lost(): SshError {
    const why = this.#cause ? `: ${messageOf(this.#cause)}` : '';
    return new SshError('ssh-link-lost', `The SSH connection to ${this.host} was lost${why}.`, {
      cause: this.#cause,
      remedy:
        'Check the host and the network, and connect again; what was under way may or may not have happened.',
    });
  }
}
