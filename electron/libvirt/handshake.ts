import { messageOf } from '../common/errors.ts';
import { isLibvirtError, LibvirtError } from './protocol/libvirt-error.ts';
import { procedures } from './protocol/procedures.ts';
import { libvirtFeatures } from './protocol/values.ts';
import type { Connection } from './rpc/connection.ts';
import { CallAbandonedError, HandshakeError } from './rpc/rpc-errors.ts';

export interface HandshakeOptions {
  readonly name: string;
  readonly readOnly?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly handshakeTimeoutMs?: number | undefined;
}

export interface HandshakeResult {
  /** The daemon answers and sends pings. */
  readonly keepalive: boolean;
}

export const defaultHandshakeTimeoutMs = 5000;

/** `remote_auth_type` of the protocol definition. */
const authTypes = { none: 0, sasl: 1, polkit: 2 } as const;
const openReadOnly = 1;

/**
 * From a fresh connection to an opened hypervisor, in the order of libvirt's own client: login, keepalive, open.
 * Asking for the keepalive feature is what allows the daemon to ping us. CONNECT_OPEN goes out exactly once,
 * because a second one tears down what the first opened.
 */
export async function shakeHands(
  connection: Connection,
  options: HandshakeOptions,
): Promise<HandshakeResult> {
  const timeoutMs = options.handshakeTimeoutMs ?? defaultHandshakeTimeoutMs;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  const signal =
    options.signal === undefined ? timeout.signal : AbortSignal.any([timeout.signal, options.signal]);
  try {
    await logIn(connection, signal);
    const { supported: keepalive } = await connection.call(
      procedures.connectSupportsFeature,
      { feature: libvirtFeatures.keepalive },
      { signal },
    );
    const flags = options.readOnly === true ? openReadOnly : 0;
    await connection.call(procedures.connectOpen, { name: options.name, flags }, { signal });
    await watchProxy(connection, signal);
    return { keepalive };
  } catch (error) {
    if (!(error instanceof CallAbandonedError) || options.signal?.aborted === true) throw error;
    throw new HandshakeError(
      'handshake-timeout',
      `${connection.name} did not complete the libvirt handshake within ${timeoutMs} ms.`,
      {
        cause: error,
        remedy: 'Check on the host that its libvirt daemon runs and answers, for example with virsh.',
      },
    );
  } finally {
    clearTimeout(timer);
  }
}

async function logIn(connection: Connection, signal: AbortSignal): Promise<void> {
  const { types } = await connection.call(procedures.authList, {}, { signal });
  const type = types.find((offered) => offered === authTypes.none || offered === authTypes.polkit);
  if (type === authTypes.none) return;
  if (type === authTypes.polkit) return logInWithPolkit(connection, signal);
  if (types.includes(authTypes.sasl)) {
    const { mechlist } = await connection.call(procedures.authSaslInit, {}, { signal });
    const mechanisms = mechlist.replace(/[^A-Za-z0-9_,-]+/g, '').replaceAll(',', ', ');
    throw new HandshakeError(
      'auth-unsupported',
      `${connection.name} asks for a SASL login (${mechanisms}), which is not supported yet.`,
      {
        remedy:
          'Use an ssh connection, or TLS with client certificates and auth_tls = "none" in libvirtd.conf.',
      },
    );
  }
  throw new HandshakeError(
    'auth-unsupported',
    `${connection.name} offers no login method that this client knows (${types.join(', ') || 'none listed'}).`,
  );
}

async function logInWithPolkit(connection: Connection, signal: AbortSignal): Promise<void> {
  try {
    await connection.call(procedures.authPolkit, {}, { signal });
  } catch (error) {
    if (!(error instanceof LibvirtError)) throw error;
    throw new HandshakeError('auth-failed', `${connection.name} refused the login: ${messageOf(error)}`, {
      cause: error,
      remedy: 'Log in as root, or add the login user to the group libvirt on that host.',
    });
  }
}

/** A proxy daemon tells its clients when the driver behind it is gone; others accept and never send it. */
async function watchProxy(connection: Connection, signal: AbortSignal): Promise<void> {
  try {
    await connection.call(procedures.connectRegisterCloseCallback, {}, { signal });
  } catch (error) {
    if (!isLibvirtError(error)) throw error;
  }
}
