import { messageOf } from '../../common/errors.ts';
import { errorCodes, LibvirtError } from '../protocol/libvirt-error.ts';
import { procedures } from '../protocol/procedures.ts';
import type { Connection } from '../rpc/connection.ts';
import { AuthError, mechanismBroken, type AuthErrorCode } from './auth-error.ts';
import { rankMechanisms, readMechanisms, type MechanismName } from './choose-mechanism.ts';
import { DigestMd5 } from './digest/digest-md5.ts';
import { Gssapi } from './gssapi/gssapi.ts';
import type { LoginClock } from './login-clock.ts';
import type { LoginOptions, LoginUsed } from './login.ts';
import { Plain } from './plain.ts';
import type { Credentials, SaslMechanism } from './sasl-mechanism.ts';
import { Scram } from './scram/scram.ts';
import type { SecurityLayer } from './security-layer.ts';

/** libvirt's service name (`virNetSASLSession`). */
const service = 'libvirt';
/** The longest of the mechanisms, GSSAPI, takes four. */
const maxSteps = 10;
const maxAttempts = 3;

/** Failures of this machine's Kerberos, after which another mechanism is worth trying. */
const beforeTheDaemon: ReadonlySet<AuthErrorCode> = new Set<AuthErrorCode>([
  'auth-kerberos-no-ticket',
  'auth-kerberos-ticket-expired',
  'auth-kerberos-service-unknown',
  'auth-kerberos-kdc-unreachable',
  'auth-kerberos-library-missing',
]);

interface Reply {
  complete: boolean;
  nil: boolean;
  data: Uint8Array;
}

/**
 * Logs in by SASL: the strongest mechanism that both ends have and that can begin, with credentials from `login`,
 * again on the same connection while the daemon refuses them and there are others.
 *
 * @throws {AuthError}
 */
export async function logInBySasl(
  connection: Connection,
  login: LoginOptions,
  clock: LoginClock,
): Promise<LoginUsed> {
  const { mechlist } = await connection.call(procedures.authSaslInit, {}, { signal: clock.signal });
  const offered = readMechanisms(mechlist);
  let problem: AuthError | undefined;
  for (const name of rankMechanisms(connection.name, offered, login)) {
    try {
      if (name === 'GSSAPI') return await logInByTicket(connection, login, clock);
      return await logInByPassword(connection, name, login, clock);
    } catch (error) {
      if (!(error instanceof AuthError)) throw error;
      if (error.code === 'auth-credentials-missing')
        throw problem === undefined ? error : either(problem, name);
      if (!beforeTheDaemon.has(error.code)) throw error;
      problem ??= error;
    }
  }
  throw (
    problem ?? new AuthError('auth-unsupported', `${connection.name} offers no login that is known here.`)
  );
}

async function logInByTicket(
  connection: Connection,
  { server, transportEncrypted }: LoginOptions,
  clock: LoginClock,
): Promise<LoginUsed> {
  const mechanism = new Gssapi({ server, service, transportEncrypted });
  try {
    return await exchange(connection, mechanism, clock);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const who =
      mechanism.user === undefined ? 'the Kerberos login' : `the Kerberos login of ${mechanism.user}`;
    throw new AuthError('auth-failed', `${connection.name} refused ${who}: ${messageOf(error)}`, {
      cause: error,
      remedy: `Check on the host that /etc/libvirt/krb5.tab has the key of ${service}/${server} ("klist -kt"), that its clock is right, and that sasl_allowed_username_list in libvirtd.conf lets this user in.`,
    });
  }
}

async function logInByPassword(
  connection: Connection,
  name: Exclude<MechanismName, 'GSSAPI'>,
  login: LoginOptions,
  clock: LoginClock,
): Promise<LoginUsed> {
  let refused: AuthError | undefined;
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const request = { server: login.server, mechanism: name, attempt, signal: clock.outerSignal };
    const credentials = await clock.pausedWhile(() => login.credentials(request));
    if (credentials === undefined) throw refused ?? credentialsMissing(connection.name, name);
    try {
      // What was begun and refused begins anew; the first time the list has been asked for already.
      if (attempt > 1) await connection.call(procedures.authSaslInit, {}, { signal: clock.signal });
      return await exchange(connection, mechanismFor(name, credentials, login), clock);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refused = new AuthError(
        'auth-failed',
        `${connection.name} refused the ${name} login of "${credentials.user}": ${messageOf(error)}`,
        {
          cause: error,
          remedy: `Check the name and password; on the host "saslpasswd2 -a ${service} NAME" sets one, and sasl_allowed_username_list in libvirtd.conf may have to list it.`,
        },
      );
    }
  }
  throw refused ?? credentialsMissing(connection.name, name);
}

function mechanismFor(
  name: Exclude<MechanismName, 'GSSAPI'>,
  credentials: Credentials,
  { server, transportEncrypted }: LoginOptions,
): SaslMechanism {
  switch (name) {
    case 'PLAIN':
      return new Plain(credentials);
    case 'DIGEST-MD5':
      return new DigestMd5(credentials, { server, service, transportEncrypted });
    default:
      return new Scram(name, credentials);
  }
}

async function exchange(
  connection: Connection,
  mechanism: SaslMechanism,
  clock: LoginClock,
): Promise<LoginUsed> {
  let layer: SecurityLayer | undefined;
  const layerOf = (reply: Reply): SecurityLayer | undefined =>
    reply.complete ? (layer = mechanism.complete(dataOf(reply))) : undefined;
  const { name } = mechanism;
  try {
    // Key derivation and Kerberos' servers may take longer than an answer of the daemon.
    const first = await clock.pausedWhile(() => mechanism.start());
    const options = { signal: clock.signal };
    let reply = await connection.callAndSecure(
      procedures.authSaslStart,
      { mech: name, ...encoded(first) },
      options,
      layerOf,
    );
    for (let steps = 0; !reply.complete; steps += 1) {
      if (steps === maxSteps) throw mechanismBroken(name, 'it does not come to an end');
      const challenge = dataOf(reply) ?? new Uint8Array(0);
      const answer = await clock.pausedWhile(() => mechanism.step(challenge));
      reply = await connection.callAndSecure(procedures.authSaslStep, encoded(answer), options, layerOf);
    }
    return { method: 'sasl', mechanism: name, user: mechanism.user, ssf: layer?.ssf ?? 0 };
  } finally {
    mechanism.dispose();
  }
}

/** On the wire "nothing" and "an empty text" differ. */
function encoded(data: Uint8Array | undefined): { nil: boolean; data: Uint8Array } {
  return { nil: data === undefined, data: data ?? new Uint8Array(0) };
}

function dataOf({ nil, data }: Reply): Uint8Array | undefined {
  return nil ? undefined : data;
}

function isRefusal(error: unknown): boolean {
  return error instanceof LibvirtError && error.wire.code === errorCodes.authFailed;
}

/** Why the best mechanism could not begin tells more than that nobody gave a password for the next. */
function either(problem: AuthError, other: string): AuthError {
  return new AuthError(problem.code, problem.message, {
    cause: problem,
    remedy: `${problem.remedy ?? ''} Or give a name and password for ${other}: ${credentialsRemedy}`,
  });
}

const credentialsRemedy =
  'put them into a file as libvirt reads it (auth.conf) and name it with the URI parameter authfile=, or use ~/.config/libvirt/auth.conf.';

function credentialsMissing(host: string, mechanism: string): AuthError {
  return new AuthError(
    'auth-credentials-missing',
    `${host} asks for a user name and password (${mechanism}).`,
    { remedy: `Where nobody can be asked, ${credentialsRemedy}` },
  );
}
