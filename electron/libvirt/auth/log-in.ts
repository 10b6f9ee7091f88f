import { messageOf } from '../../common/errors.ts';
import { LibvirtError } from '../protocol/libvirt-error.ts';
import { procedures } from '../protocol/procedures.ts';
import type { Connection } from '../rpc/connection.ts';
import { AuthError } from './auth-error.ts';
import { readDemand, type Demand } from './choose-mechanism.ts';
import type { LoginClock } from './login-clock.ts';
import type { LoginOptions, LoginUsed } from './login.ts';
import { logInBySasl } from './sasl-login.ts';

/** `remote_auth_type` of the protocol definition. */
const types = { none: 0, sasl: 1, polkit: 2 } as const;
type Method = keyof typeof types;

/**
 * The daemon's login, the first of its list that is known here or the one that the URI demands.
 *
 * @throws {AuthError}
 */
export async function logIn(
  connection: Connection,
  login: LoginOptions,
  clock: LoginClock,
): Promise<LoginUsed> {
  const demand = readDemand(login.method);
  const answer = await connection.call(procedures.authList, {}, { signal: clock.signal });
  switch (choose(connection.name, answer.types, demand)) {
    case 'none':
      return { method: 'none', ssf: 0 };
    case 'polkit':
      return logInByPolkit(connection, clock);
    case 'sasl':
      return logInBySasl(connection, login, clock);
  }
}

function choose(host: string, offered: readonly number[], demand: Demand): Method {
  const known = offered.flatMap((number) => names.filter((name) => types[name] === number));
  const method = known.find((name) => demand.method === 'any' || name === demand.method);
  if (method !== undefined) return method;
  if (known.length === 0) {
    throw new AuthError(
      'auth-unsupported',
      `${host} offers no login method that this client knows (${offered.join(', ') || 'none listed'}).`,
    );
  }
  throw new AuthError(
    'auth-unsupported',
    `${host} does not ask for the login that the URI demands; it has ${known.join(', ')}.`,
    {
      remedy: `Change "auth" in the URI, or auth_tcp, auth_tls or auth_unix_rw in libvirtd.conf on the host.`,
    },
  );
}

const names = Object.keys(types) as Method[];

async function logInByPolkit(connection: Connection, { signal }: LoginClock): Promise<LoginUsed> {
  try {
    await connection.call(procedures.authPolkit, {}, { signal });
    return { method: 'polkit', ssf: 0 };
  } catch (error) {
    if (!(error instanceof LibvirtError)) throw error;
    throw new AuthError('auth-failed', `${connection.name} refused the login: ${messageOf(error)}`, {
      cause: error,
      remedy: 'Log in as root, or add the login user to the group libvirt on that host.',
    });
  }
}
