import { AuthError } from './auth-error.ts';
import type { LoginOptions } from './login.ts';

/** The mechanisms that this client does. */
export type MechanismName = 'GSSAPI' | 'SCRAM-SHA-256' | 'SCRAM-SHA-1' | 'DIGEST-MD5' | 'PLAIN';

/** Strongest first. What encrypts by itself goes before what does not where the transport does not encrypt. */
const orders: Readonly<Record<'encrypted' | 'clear', readonly MechanismName[]>> = {
  encrypted: ['GSSAPI', 'SCRAM-SHA-256', 'SCRAM-SHA-1', 'DIGEST-MD5', 'PLAIN'],
  clear: ['GSSAPI', 'DIGEST-MD5', 'SCRAM-SHA-256', 'SCRAM-SHA-1'],
};

/** What the URI's `auth` demands. */
export type Demand =
  { method: 'any' } | { method: 'polkit' } | { method: 'sasl'; mechanism: string | undefined };

/** From `auth` as the URI's parser gives it: `sasl`, `sasl.MECHANISM` or `polkit`. */
export function readDemand(method: string | undefined): Demand {
  if (method === undefined) return { method: 'any' };
  if (method === 'polkit') return { method };
  return { method: 'sasl', mechanism: method.split('.')[1] };
}

/** The daemon's list (comma separated) as names; what cannot be a name is dropped. */
export function readMechanisms(list: string): string[] {
  const names = list.split(/[\s,]+/).map((name) => name.toUpperCase());
  return names.filter((name) => /^[A-Z0-9_-]{1,20}$/.test(name)).slice(0, 50);
}

/**
 * The offered mechanisms that can be used here, to be tried in this order.
 *
 * @param host in words, for messages
 * @throws {AuthError} when there is none
 */
export function rankMechanisms(
  host: string,
  offered: readonly string[],
  { transportEncrypted, method }: Pick<LoginOptions, 'transportEncrypted' | 'method'>,
): readonly MechanismName[] {
  const demand = readDemand(method);
  const wanted = demand.method === 'sasl' ? demand.mechanism : undefined;
  const usable = orders[transportEncrypted ? 'encrypted' : 'clear'].filter(
    (name) => offered.includes(name) && (wanted === undefined || name === wanted),
  );
  if (usable.length > 0) return usable;
  const list = offered.join(', ') || 'none';
  if (offered.includes('PLAIN') && (wanted === undefined || wanted === 'PLAIN')) {
    throw new AuthError(
      'auth-plain-refused',
      `${host} offers only logins that would send the password readably over this connection (${list}).`,
      {
        remedy:
          'Reach the host over ssh or tls, or let it offer gssapi or scram-sha-256 (mech_list in /etc/sasl2/libvirt.conf).',
      },
    );
  }
  if (wanted !== undefined) {
    throw new AuthError(
      'auth-unsupported',
      `${host} does not offer the login ${wanted}; it offers ${list}.`,
      {
        remedy: `Change "auth=sasl.${wanted}" in the URI, or mech_list in /etc/sasl2/libvirt.conf on the host.`,
      },
    );
  }
  throw new AuthError(
    'auth-unsupported',
    `${host} offers no SASL login that is known here; it offers ${list}.`,
    {
      remedy:
        'Set mech_list to gssapi or scram-sha-256 in /etc/sasl2/libvirt.conf on the host, or reach it over ssh.',
    },
  );
}
