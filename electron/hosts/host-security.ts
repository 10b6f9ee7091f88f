import type { LoginUsed } from '../libvirt/index.ts';
import type { Route } from './routes/route.ts';
import type { HostSecurity } from './snapshots.ts';

/** How a connection is protected, from what its way does and what its login did; `undefined` before the first one. */
export function hostSecurity(
  { encrypted, security }: Pick<Route, 'encrypted' | 'security'>,
  login: LoginUsed | undefined,
): HostSecurity {
  if (login === undefined) return security;
  const { level, summary } = protection(encrypted, security, login);
  return { level, summary: `${summary}${who(login)}` };
}

function protection(
  encrypted: boolean,
  security: HostSecurity,
  { mechanism = 'SASL', ssf }: LoginUsed,
): HostSecurity {
  if (security.level === 'verified') return security;
  if (ssf > 1 && mechanism === 'GSSAPI') {
    return {
      level: 'verified',
      summary: `Encrypted by Kerberos (${ssf} bit keys); the host has proved who it is.`,
    };
  }
  if (encrypted || ssf === 0) return security;
  if (ssf === 1) {
    return {
      level: 'insecure',
      summary: 'Everybody on the way can read this connection: its login protects it against change only.',
    };
  }
  return {
    level: 'unverified',
    summary: `Encrypted by ${mechanism}, which is obsolete and weak: who records this connection can guess the password and then read all of it.`,
  };
}

function who({ method, mechanism = 'SASL', user }: LoginUsed): string {
  if (method === 'none') return '';
  if (method === 'polkit') return ' Let in by polkit.';
  return ` Logged in ${user === undefined ? '' : `as ${user} `}by ${mechanism}.`;
}
