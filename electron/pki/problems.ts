export type CredentialProblemCode =
  | 'ca-missing'
  | 'ca-unreadable'
  | 'certificate-missing'
  | 'certificate-unreadable'
  | 'ca-not-a-ca'
  | 'ca-cannot-sign'
  | 'leaf-is-ca'
  | 'unknown-issuer'
  | 'needs-intermediates'
  | 'expired'
  | 'not-yet-valid'
  | 'expires-soon'
  | 'usage-lacks-signature'
  | 'usage-lacks-encipherment'
  | 'purpose-lacks-role'
  | 'name-mismatch'
  | 'weak-signature'
  | 'weak-key';

/** Which question a problem answers; a finding is made for each. */
export type CredentialAspect = 'file' | 'chain' | 'dates' | 'usage' | 'name' | 'strength';

/** One thing that is wrong with a pair of CA file and certificate file. */
export interface CredentialProblem {
  code: CredentialProblemCode;
  aspect: CredentialAspect;
  /** `error`: the peer or the program itself will refuse it. */
  severity: 'error' | 'warning';
  /** One sentence with the values found. */
  message: string;
  /** One sentence: what to do. */
  remedy: string;
}
