import type { Duplex } from 'node:stream';
import { abortable, Deadline } from './deadline.ts';
import { connectTimedOut, dial } from './dial.ts';
import { SshError } from './errors.ts';
import { handshake } from './handshake.ts';
import { HostKeyCheck } from './host-key-check.ts';
import { Login } from './identities.ts';
import type { Link } from './link.ts';
import { printable } from '../common/printable.ts';
import type { SshConnectOptions, SshTarget } from './session-options.ts';
import { resolveHost, type ResolvedHost } from './ssh-config.ts';
import { parseHop } from './target.ts';

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
/** Three of these are 27 s: a dead link is seen within 30 s. */
const DEFAULT_KEEPALIVE_INTERVAL_MS = 9000;
const MAX_HOPS = 8;

/**
 * Logs in to `target`, through the jump hosts that the user's configuration names for it.
 *
 * As with `ssh -J`: the first jump host is reached as its own configuration says, the others through the one
 * before. Each one's host key is checked. The links to jump hosts are closed when the last link ends.
 */
export async function openRoute(target: SshTarget, options: SshConnectOptions, depth = 0): Promise<Link> {
  if (depth > MAX_HOPS) throw tooManyHops(target.host);
  const source = { configFile: options.sshConfigFile, signal: options.signal };
  const resolved = await resolveHost(target, source);
  if (resolved.proxyJump.length > MAX_HOPS) throw tooManyHops(target.host);
  const [firstHop, ...otherHops] = resolved.proxyJump.map(parseHop);
  if (firstHop === undefined) return logIn(target, resolved, options);

  let via = await openRoute(firstHop, options, depth + 1);
  for (const hop of otherHops) {
    via = await logInThrough(via, () => resolveHost(hop, source), hop, options);
  }
  return logInThrough(via, () => Promise.resolve(resolved), target, options);
}

async function logInThrough(
  via: Link,
  resolve: () => Promise<ResolvedHost>,
  target: SshTarget,
  options: SshConnectOptions,
): Promise<Link> {
  try {
    const link = await logIn(target, await resolve(), options, via);
    link.onEnd(() => via.close());
    return link;
  } catch (error) {
    via.close();
    throw error;
  }
}

async function logIn(
  target: SshTarget,
  resolved: ResolvedHost,
  options: SshConnectOptions,
  via?: Link,
): Promise<Link> {
  const { prompts, acceptedKeysFile, connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS } = options;
  const { hostName: host, port, user } = resolved;
  const hostKey = await HostKeyCheck.load({
    host: resolved.hostKeyAlias ?? host,
    port: resolved.hostKeyAlias === undefined ? port : 22,
    files:
      target.knownHostsFile === undefined
        ? [acceptedKeysFile, ...resolved.knownHostsFiles]
        : [target.knownHostsFile],
    acceptedKeysFile: target.knownHostsFile ?? acceptedKeysFile,
    policy: target.hostKeys ?? 'ask',
  });
  using deadline = new Deadline(
    connectTimeoutMs,
    () => connectTimedOut(host, port, connectTimeoutMs),
    options.signal,
  );
  const transport = via
    ? await forward(via, host, port, deadline.signal)
    : await dial(host, port, deadline.signal);
  return await handshake({
    transport,
    host,
    port,
    user,
    hostKey,
    prompts,
    deadline,
    keepaliveIntervalMs: options.keepaliveIntervalMs ?? DEFAULT_KEEPALIVE_INTERVAL_MS,
    login: (fail) =>
      new Login({
        host,
        user,
        keyFile: target.keyFile,
        identityFiles: resolved.identityFiles,
        certificateFiles: resolved.certificateFiles,
        identitiesOnly: resolved.identitiesOnly,
        agentSocket: resolved.agentSocket,
        methods: target.logins,
        mayTellSecrets: () => hostKey.accepted !== undefined && hostKey.accepted.evidence !== 'none',
        prompts,
        signal: deadline.signal,
        ask: (question) => deadline.pausedWhile(question),
        fail,
      }),
  });
}

/** A TCP connection made by the jump host. */
function forward(via: Link, host: string, port: number, signal: AbortSignal): Promise<Duplex> {
  via.assertOpen();
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
  via.client.forwardOut('127.0.0.1', 0, host, port, (error, channel) => {
    if (error) reject(via.brokenBy ?? notForwarded(via.host, host, port, error));
    else if (signal.aborted) channel.close();
    else resolve(channel);
  });
  return abortable(promise, signal);
}

function notForwarded(via: string, host: string, port: number, error: Error): SshError {
  const reason = printable(error.message, 200);
  return new SshError(
    'ssh-unreachable',
    `The jump host ${via} does not reach ${host} port ${port}: ${reason}.`,
    {
      cause: error,
      remedy: `Check from ${via} that ${host} answers, and that its sshd_config does not forbid AllowTcpForwarding.`,
    },
  );
}

function tooManyHops(host: string): SshError {
  return new SshError(
    'ssh-bad-target',
    `Your ssh configuration sends ${host} through more than ${MAX_HOPS} jump hosts.`,
    {
      remedy: 'Look for a loop in the ProxyJump settings of your ssh configuration.',
    },
  );
}
