import type { AgreedCipher } from '../../common/agreed-cipher.ts';

/*
 * What `openssl s_client -brief` and `openssl s_server -rev` say on standard error of a handshake that was done
 * (print_ssl_summary in apps/lib/s_cb.c of OpenSSL, since 1.0.2).
 */

/** Comes before the summary; until then nothing is said of a certificate that is in order. */
export const established = 'CONNECTION ESTABLISHED';

/** What was agreed on, by OpenSSL's names; nothing where the summary does not tell. */
export function readCipher(stderr: string): { cipher?: AgreedCipher } {
  const summary = stderr.slice(stderr.indexOf(established));
  const protocol = /^Protocol version: ([\w.]{1,20})$/m.exec(summary)?.[1];
  const suite = /^Ciphersuite: ([\w-]{1,100})$/m.exec(summary)?.[1];
  return protocol === undefined || suite === undefined ? {} : { cipher: { protocol, suite } };
}
