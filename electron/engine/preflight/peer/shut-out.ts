/** Why the source's daemon does not get in, each told apart from the others. */
export interface ShutOut {
  cause:
    | 'unsupported'
    | 'name'
    | 'loopback'
    | 'port'
    | 'files'
    | 'certificate'
    | 'identity'
    | 'allow-list'
    | 'sasl'
    | 'sasl-user'
    | 'sasl-list'
    | 'sasl-password'
    | 'kerberos-ticket'
    | 'kerberos-service'
    | 'kerberos-principal'
    | 'refused';
  summary: string;
  remedy: string;
  /** What a program said of it. */
  said?: string;
}
