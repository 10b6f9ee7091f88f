import type { HostFacts } from '../context.ts';
import { orUndefined } from '../once.ts';
import { isOnList } from './daemon-door.ts';
import type { PeerLogin } from './peer-login.ts';
import { authFile, saslConf } from './sasl-facts.ts';
import type { ShutOut } from './shut-out.ts';

interface Ends {
  source: HostFacts;
  destination: HostFacts;
}

/**
 * Why a login beyond the certificate failed. What libvirt's client says tells where it stopped (texts of MIT's and
 * Heimdal's Kerberos and of Cyrus SASL); a daemon that says no says no more, so who there is is looked up.
 */
export async function whySaslRefused(
  login: PeerLogin,
  said: string,
  ends: Ends,
): Promise<Omit<ShutOut, 'said'>> {
  const { host } = login.address;
  const [from, to] = [ends.source.name, ends.destination.name];
  if (
    /No Kerberos credentials|No credentials were supplied|No credentials cache|Ticket expired/i.test(said)
  ) {
    const what = /expired/i.test(said) ? 'the ticket of root has expired' : 'root has no ticket';
    return {
      cause: 'kerberos-ticket',
      summary: `The daemon of ${to} wants a Kerberos login besides the certificate, and on ${from} ${what}.`,
      remedy: `Get one as root on ${from}, as with "kinit -k -t KEYTAB PRINCIPAL", or take gssapi out of mech_list in ${saslConf} on ${to}.`,
    };
  }
  if (/not found in Kerberos database|Server .* unknown|S_PRINCIPAL_UNKNOWN/i.test(said)) {
    return {
      cause: 'kerberos-service',
      summary: `Kerberos knows no service libvirt/${host}, at which ${from} would log in.`,
      remedy: `Name ${to} as its keytab does, with --dconnuri qemu+tls://HOST/system, or give it a key for libvirt/${host}.`,
    };
  }
  if (/authentication failed: authentication failed/i.test(said)) return whyDenied(login, ends);
  return {
    cause: 'sasl',
    summary: `The daemon of ${to} wants a name and a password besides the certificate (SASL), and ${from} has none that fit.`,
    remedy: `Give ${from} credentials for ${host} in its ${authFile} (${prepareLogin(host)}), or set auth_tls = "none" in ${confOf(login)} on ${to}.`,
  };
}

/** The credentials reached the daemon, which did not take them. */
async function whyDenied(login: PeerLogin, { source, destination }: Ends): Promise<Omit<ShutOut, 'said'>> {
  const { host } = login.address;
  const [from, to] = [source.name, destination.name];
  const { principal, user } = (await orUndefined(() => source.rootCredentials(host))) ?? {};
  const { mechanisms, users } = (await orUndefined(() => destination.saslRules())) ?? {};
  const allowed = login.door?.saslAllowed;
  if (principal !== undefined && mechanisms?.includes('gssapi') === true) {
    const isListed = allowed === undefined || isOnList(principal, allowed);
    return {
      cause: 'kerberos-principal',
      summary: isListed
        ? `The daemon of ${to} does not let ${principal} in, the Kerberos principal of root on ${from}.`
        : `The daemon of ${to} does not let ${from} in: the Kerberos principal ${principal} is not in its sasl_allowed_username_list.`,
      remedy: isListed
        ? `See on ${to} what its journal says of the refusal, or get a ticket for another principal as root on ${from}.`
        : `Add "${principal}" to sasl_allowed_username_list in ${confOf(login)} on ${to} and restart its libvirt, or get a ticket for a principal that is in it as root on ${from}.`,
    };
  }
  const called = user ?? 'the name in auth.conf';
  if (user !== undefined && users !== undefined && !users.includes(user)) {
    return {
      cause: 'sasl-user',
      summary: `${to} has no SASL user ${user}, as whom ${from} logs in.`,
      remedy: `Make that user on ${to} (saslpasswd2 -a libvirt ${user}), or give ${from} another in its ${authFile} (${prepareLogin(host)}).`,
    };
  }
  if (user !== undefined && allowed !== undefined && !isListed(user, allowed)) {
    return {
      cause: 'sasl-list',
      summary: `The daemon of ${to} does not let ${from} in: ${user} is not in its sasl_allowed_username_list.`,
      remedy: `Add "${user}" to sasl_allowed_username_list in ${confOf(login)} on ${to} and restart its libvirt.`,
    };
  }
  return {
    cause: 'sasl-password',
    summary: `The daemon of ${to} does not accept the password of ${called} that ${from} has (SASL).`,
    remedy: `Give ${called} the same password on ${to} (saslpasswd2 -a libvirt) and in ${authFile} on ${from} (${prepareLogin(host)}).`,
  };
}

/** What puts credentials where the source's daemon finds them. */
function prepareLogin(host: string): string {
  return `viaduct host prepare --migration-user NAME --migration-password-file FILE --migration-peer ${host}`;
}

/** Whether a list names a user with or without a realm; its patterns are those of the other list. */
function isListed(user: string, patterns: readonly string[]): boolean {
  return isOnList(user, patterns) || patterns.some((pattern) => pattern.startsWith(`${user}@`));
}

export function confOf({ door }: PeerLogin): string {
  return door?.confPath ?? '/etc/libvirt/libvirtd.conf';
}
