import { LoginClock } from './auth/login-clock.ts';
import { noCredentials, type LoginOptions, type LoginUsed } from './auth/login.ts';
import { logIn } from './auth/log-in.ts';
import { isLibvirtError } from './protocol/libvirt-error.ts';
import { procedures } from './protocol/procedures.ts';
import { libvirtFeatures } from './protocol/values.ts';
import type { Connection } from './rpc/connection.ts';
import { CallAbandonedError, HandshakeError } from './rpc/rpc-errors.ts';

export interface HandshakeOptions {
  readonly name: string;
  readonly readOnly?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly handshakeTimeoutMs?: number | undefined;
  readonly login?: LoginOptions | undefined;
}

export interface HandshakeResult {
  /** The daemon answers and sends pings. */
  readonly keepalive: boolean;
  readonly login: LoginUsed;
}

export const defaultHandshakeTimeoutMs = 5000;

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
  using clock = new LoginClock(timeoutMs, options.signal);
  const { signal } = clock;
  try {
    const login = await logIn(connection, options.login ?? noCredentials(connection.name), clock);
    const { supported: keepalive } = await connection.call(
      procedures.connectSupportsFeature,
      { feature: libvirtFeatures.keepalive },
      { signal },
    );
    const flags = options.readOnly === true ? openReadOnly : 0;
    await connection.call(procedures.connectOpen, { name: options.name, flags }, { signal });
    await watchProxy(connection, signal);
    return { keepalive, login };
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
