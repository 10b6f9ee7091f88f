import { isIP } from 'node:net';
import type { RootShell } from '../../common/host/root-shell.ts';
import { controlOutcome, type HandshakeOutcome } from './handshake-outcome.ts';

/** Where libvirt's client on a host has its certificate; root uses no other place (`virNetTLSContext`). */
export interface ClientFiles {
  authority: string;
  revocations: string;
  certificate: string;
  key: string;
}

export interface LoginTrial {
  /** The daemon as the trying host is to reach it, which its certificate must name; an IPv6 address without brackets. */
  host: string;
  port: number;
  /** How long the other end may take, in seconds. */
  seconds: number;
  /** Whether to ask what the daemon wants beyond a certificate; takes two seconds. */
  asksForLogin: boolean;
  signal?: AbortSignal | undefined;
}

/**
 * A shell function for any POSIX shell with OpenSSL, whose own level is stricter about keys than GnuTLS is, for which these
 * handshakes stand in: level 1 refuses what GnuTLS refuses everywhere. What a host's policy wants beyond that is read from
 * the files. OpenSSL before 1.1.0 has no levels, and takes the word for a mistake.
 */
export const likeGnutlsFunction = String.raw`
like_gnutls() {
  openssl ciphers DEFAULT@SECLEVEL=1 >/dev/null 2>&1 || return 0
  echo '-cipher DEFAULT@SECLEVEL=1'
}
`;

/**
 * A shell function for any POSIX shell with OpenSSL. The revocation list counts where there is one for each authority:
 * GnuTLS passes over a list that is missing or of another authority, while OpenSSL would refuse everybody.
 */
export const revocationsFunction = String.raw`
# CAFILE CRLFILE
revocations() {
  [ -s "$2" ] || return 0
  [ "$(grep -c 'BEGIN.*CERTIFICATE' "$1")" = "$(grep -c 'BEGIN X509 CRL' "$2")" ] || return 0
  openssl crl -in "$2" -CAfile "$1" -noout 2>&1 | grep -q 'verify OK' || return 0
  echo "-CRL $2 -crl_check"
}
`;

/**
 * RPC messages of the program 0x20008086 without arguments: AUTH_LIST (66) and CONNECT_CLOSE (2), upon which a daemon
 * that needs no login closes. One that does closes at the length that no message can have.
 */
const script = String.raw`
set -u
LC_ALL=C
export LC_ALL
${likeGnutlsFunction}${revocationsFunction}
ask() {
  if [ "$1" = login ]; then
    printf '\000\000\000\034\040\000\200\206\000\000\000\001\000\000\000\102\000\000\000\000\000\000\000\000\000\000\000\000'
    sleep 1
  fi
  printf '\000\000\000\034\040\000\200\206\000\000\000\001\000\000\000\002\000\000\000\000\000\000\000\001\000\000\000\000'
  if [ "$1" = login ]; then
    sleep 1
    printf '\377\377\377\377'
  fi
}

# SECONDS ASK TARGET NAMEOPTION NAME CA CRL CERTIFICATE KEY
ask "$2" 2>/dev/null |
  timeout -k 2 "$1" openssl s_client $(like_gnutls) -quiet -brief -connect "$3" "$4" "$5" -CAfile "$6" \
    $(revocations "$6" "$7") -cert "$8" -key "$9" -verify_return_error
`;

/**
 * Opens the control connection to another host's daemon as libvirt on this host does, with this host's certificate, as
 * far as the byte by which a daemon lets a client in. Nothing is written anywhere, and it ends by itself.
 */
export async function tryControlLogin(
  root: RootShell,
  files: ClientFiles,
  { host, port, seconds, asksForLogin, signal }: LoginTrial,
): Promise<HandshakeOutcome> {
  const words = [String(seconds), asksForLogin ? 'login' : 'none', ...targetWords(host, port)];
  const { authority, revocations, certificate, key } = files;
  const argv = ['sh', '-c', script, 'viaduct', ...words, authority, revocations, certificate, key];
  const end = await root.operate('look', argv, {
    deadlineMs: (seconds + 10) * 1000,
    maxOutputBytes: 64 * 1024,
    ...(signal && { signal }),
  });
  return controlOutcome(end);
}

const reachScript = String.raw`
set -u
LC_ALL=C
export LC_ALL
${likeGnutlsFunction}
# SECONDS TARGET NAMEOPTION NAME CAPEM
printf '%s' "$5" | timeout -k 2 "$1" openssl s_client $(like_gnutls) -quiet -connect "$2" "$3" "$4" -CAfile /dev/stdin -verify_return_error
`;

/**
 * Opens the control connection as far as it goes without a certificate: to where a daemon that wants one turns the client
 * away, which is `server-refuses`. Whatever is wrong with the way or with the daemon's certificate shows before that.
 *
 * @param trusted PEM: by whom the daemon's certificate has to be
 */
export async function tryControlServer(
  root: RootShell,
  trusted: string,
  { host, port, seconds, signal }: Omit<LoginTrial, 'asksForLogin'>,
): Promise<HandshakeOutcome> {
  const argv = ['sh', '-c', reachScript, 'viaduct', String(seconds), ...targetWords(host, port), trusted];
  const end = await root.operate('look', argv, {
    deadlineMs: (seconds + 10) * 1000,
    maxOutputBytes: 64 * 1024,
    ...(signal && { signal }),
  });
  return controlOutcome(end);
}

/** What openssl is told of the other end: where it is, and the name or address that its certificate must have. */
export function targetWords(host: string, port: number): string[] {
  const target = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  return [target, isIP(host) === 0 ? '-verify_hostname' : '-verify_ip', host];
}
