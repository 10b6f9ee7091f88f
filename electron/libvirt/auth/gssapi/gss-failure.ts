import { AuthError, type AuthErrorCode } from '../auth-error.ts';

/** What the library said: the two statuses and their texts. */
export interface GssStatus {
  readonly major: number;
  readonly minor: number;
  readonly text: string;
}

/** Routine errors of RFC 2744 section 3.9.1, in bits 16 to 23 of the major status. */
const noCredentials = 7;
/** Credentials, and what was made with them. */
const expired = new Set([11, 12]);

/** Error numbers of MIT's krb5.h, and of its GSS library for the empty ticket cache. */
const kinds: ReadonlyMap<number, AuthErrorCode> = new Map([
  [-1765328189, 'auth-kerberos-no-ticket'], // KRB5_FCC_NOFILE
  [-1765328243, 'auth-kerberos-no-ticket'], // KRB5_CC_NOTFOUND
  [39756044, 'auth-kerberos-no-ticket'], // KG_EMPTY_CCACHE
  [-1765328352, 'auth-kerberos-ticket-expired'], // KRB5KRB_AP_ERR_TKT_EXPIRED
  [-1765328377, 'auth-kerberos-service-unknown'], // KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN
  [-1765328347, 'auth-kerberos-clock-skew'], // KRB5KRB_AP_ERR_SKEW
  [-1765328351, 'auth-kerberos-clock-skew'], // KRB5KRB_AP_ERR_TKT_NYV
  [-1765328228, 'auth-kerberos-kdc-unreachable'], // KRB5_KDC_UNREACH
  [-1765328230, 'auth-kerberos-kdc-unreachable'], // KRB5_REALM_UNKNOWN
  [-1765328164, 'auth-kerberos-kdc-unreachable'], // KRB5_REALM_CANT_RESOLVE
]);

const kdcRemedy = 'Check the realm and its kdc in /etc/krb5.conf on this machine, and the way to it.';

export function gssFailure(service: string, status: GssStatus): AuthError {
  const code = codeOf(status);
  const principal = service.replace('@', '/');
  const details = { cause: new Error(status.text) };
  switch (code) {
    case 'auth-kerberos-no-ticket':
      return new AuthError(code, `There is no Kerberos ticket to log in to ${principal} with.`, {
        ...details,
        remedy: 'Get a ticket with "kinit USER@REALM" as the user who runs Viaduct, then connect again.',
      });
    case 'auth-kerberos-ticket-expired':
      return new AuthError(code, `The Kerberos ticket to log in to ${principal} with has expired.`, {
        ...details,
        remedy: 'Get a new one with "kinit", then connect again.',
      });
    case 'auth-kerberos-service-unknown':
      return new AuthError(code, `Kerberos knows no service ${principal}.`, {
        ...details,
        remedy: `Name the host in the URI as its service is named; or make the service on the KDC with "kadmin -q 'addprinc -randkey ${principal}'" and put its key into /etc/libvirt/krb5.tab on the host with ktadd.`,
      });
    case 'auth-kerberos-clock-skew':
      return new AuthError(code, `The clocks of this machine and of the Kerberos servers differ too much.`, {
        ...details,
        remedy: 'Set the clocks (see "timedatectl" and chrony on both), then get a new ticket with "kinit".',
      });
    case 'auth-kerberos-kdc-unreachable':
      return new AuthError(code, `No Kerberos server of the realm answers (${status.text}).`, {
        ...details,
        remedy: kdcRemedy,
      });
    default:
      return new AuthError(code, `The Kerberos login to ${principal} failed: ${status.text}.`, {
        ...details,
        remedy:
          'Look at the ticket with "klist", at /etc/krb5.conf here and at /etc/libvirt/krb5.tab on the host.',
      });
  }
}

export function kdcSilent(afterMs: number): AuthError {
  return new AuthError(
    'auth-kerberos-kdc-unreachable',
    `No Kerberos server answered within ${afterMs / 1000} s.`,
    {
      remedy: kdcRemedy,
    },
  );
}

function codeOf({ major, minor }: GssStatus): AuthErrorCode {
  const known = kinds.get(minor | 0);
  if (known !== undefined) return known;
  const routine = (major >>> 16) & 0xff;
  if (routine === noCredentials) return 'auth-kerberos-no-ticket';
  return expired.has(routine) ? 'auth-kerberos-ticket-expired' : 'auth-kerberos-failed';
}
