import ssh2, { type Algorithms, type ConnectConfig, type NegotiatedAlgorithms } from 'ssh2';
import type { Duplex } from 'node:stream';
import { messageOf } from '../common/errors.ts';
import { abortable, type Deadline } from './deadline.ts';
import { SshError } from './errors.ts';
import type { HostKeyCheck } from './host-key-check.ts';
import type { Login } from './identities.ts';
import { hostKeyFingerprint, hostKeyType } from './host-key.ts';
import { Link, type LinkSecurity } from './link.ts';
import { printable } from '../common/printable.ts';
import type { SshPrompts } from './prompts.ts';

/** Two unanswered probes and the wait for a third: a dead link is seen within three intervals. */
const KEEPALIVE_MAX_UNANSWERED = 2;

/**
 * No chacha20: it fails on the OpenSSL of Node 24 and does not exist in Electron's BoringSSL. No CBC, no SHA-1.
 */
const ALGORITHMS: Algorithms = {
  cipher: ['aes256-gcm@openssh.com', 'aes128-gcm@openssh.com', 'aes256-ctr', 'aes128-ctr'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
  compress: ['none'],
};

export interface HandshakeRequest {
  /** Carries the connection: a TCP socket, or a channel through a jump host. */
  transport: Duplex;
  host: string;
  port: number;
  user: string;
  hostKey: HostKeyCheck;
  prompts: SshPrompts;
  deadline: Deadline;
  keepaliveIntervalMs: number;
  /** Makes the logins to try; `fail` ends the handshake with an error. */
  login: (fail: (error: unknown) => void) => Login;
}

/** Agrees on keys, checks the host's, and logs in. On failure the transport is destroyed. */
export function handshake(request: HandshakeRequest): Promise<Link> {
  const { transport, deadline, hostKey, prompts } = request;
  const client = new ssh2.Client();
  const { promise, resolve, reject } = Promise.withResolvers<Link>();
  let negotiated: NegotiatedAlgorithms | undefined;

  // The first reason counts: ssh2 follows a refusal of ours with errors of its own.
  const fail = (error: unknown): void => {
    reject(error instanceof Error ? error : new Error(messageOf(error)));
    client.destroy();
    transport.destroy();
  };
  const login = request.login(fail);

  client.on('error', (error) => {
    if (error.level === 'agent') login.noteAgentFailure();
    else fail(negotiated ? login.refused(error.message) : notAgreed(request, error));
  });
  client.on('close', () => {
    fail(negotiated ? login.refused('connection closed') : notAgreed(request, undefined));
  });
  client.on('handshake', (algorithms) => {
    negotiated = algorithms;
  });
  client.once('ready', () => {
    client.removeAllListeners();
    resolve(new Link(client, transport, request.host, securityOf(request, negotiated), login.notes));
  });

  const config: ConnectConfig = {
    sock: transport,
    username: request.user,
    readyTimeout: 0,
    keepaliveInterval: request.keepaliveIntervalMs,
    keepaliveCountMax: KEEPALIVE_MAX_UNANSWERED,
    algorithms: { ...ALGORITHMS, serverHostKey: hostKey.algorithms },
    hostVerifier: (key: Buffer, verify: (isValid: boolean) => void) => {
      const ask = <T>(question: () => Promise<T>): Promise<T> => deadline.pausedWhile(question);
      hostKey.verify(key, prompts, deadline.signal, ask).then(
        () => verify(true),
        (error: unknown) => {
          fail(error);
          verify(false);
        },
      );
    },
    authHandler: (offered: string[] | null, _partial, next) => {
      // A server takes its time over each wrong password (pam_faildelay); what counts is that it answers.
      deadline.renew();
      login.next(offered ?? undefined).then((method) => {
        if (method) next(method);
        else fail(login.refused());
      }, fail);
    },
  };
  try {
    client.connect(config);
  } catch (error) {
    fail(error);
  }
  return abortable(promise, deadline.signal).catch((error: unknown) => {
    fail(error);
    throw error;
  });
}

function securityOf(request: HandshakeRequest, negotiated: NegotiatedAlgorithms | undefined): LinkSecurity {
  const { accepted } = request.hostKey;
  if (!accepted || !negotiated) throw new Error('a login came before the host key was checked');
  return {
    port: request.port,
    user: request.user,
    hostKeyType: hostKeyType(accepted.key) ?? 'unreadable',
    hostKeyFingerprint: hostKeyFingerprint(accepted.key),
    hostKeyEvidence: accepted.evidence,
    cipher: negotiated.cs.cipher,
  };
}

/** The connection stands, but what answers does not speak SSH with us. */
function notAgreed({ host, port }: HandshakeRequest, error: Error | undefined): SshError {
  const detail = error ? printable(error.message, 200) : 'connection closed';
  const isForeign = /before handshake|identification|protocol version|connection closed/i.test(detail);
  return new SshError(
    'ssh-unreachable',
    isForeign
      ? `What answers on ${host} port ${port} is not an SSH server, or it ends the connection at once (${detail}).`
      : `No secure connection with ${host} port ${port} could be agreed on: ${detail}.`,
    {
      cause: error,
      remedy: isForeign
        ? "Check the port; if it is right, look into the host's sshd log (MaxStartups, denied addresses)."
        : 'Check that the sshd there offers AES-GCM or AES-CTR ciphers and an ed25519, ECDSA or RSA host key.',
    },
  );
}
