import type { KeyKind } from '../pki/key-kinds.ts';

/** A certificate authority of this installation, as the screen shows it. Times: milliseconds since 1970. */
export interface AuthoritySnapshot {
  name: string;
  /** As `RSA 3072`. */
  key: string;
  keyKind: KeyKind | undefined;
  /** SHA-256 of the certificate, upper-case hexadecimal with colons. */
  fingerprint: string;
  /** The certificate in PEM form, to be given to whoever is to trust it. */
  certificate: string;
  notBeforeMs: number;
  notAfterMs: number;
  /** `elsewhere`: only its certificate is here, and requests are signed by somebody else. */
  keyPlace: 'here' | 'elsewhere';
  /** `undefined`: locked. */
  unlockedUntilMs: number | undefined;
  /** The passphrase is in the key store of the operating system. */
  remembered: boolean;
  /** The authority that takes its place. */
  replacedBy: string | undefined;
}

export interface AuthoritiesSnapshot {
  generation: number;
  /** Those in use first. */
  authorities: AuthoritySnapshot[];
  /** Authorities that stand in their folder and cannot be used, each with why and what to do. */
  unreadable: { name: string; message: string; remedy: string }[];
  /** Whether a passphrase can be remembered by something that really protects it; the sentence says what, or why not. */
  keyStore: { protects: boolean; sentence: string };
}
