/** A certificate or key by which one end of a stream proves who it is. */
export interface ProvenIdentity {
  /** The host that shows it. */
  side: 'source' | 'destination';
  /** What it is, as `QEMU server certificate`. */
  what: string;
  /** A certificate's subject, or a key's type; `undefined` where the certificate could not be read. */
  subject: string | undefined;
  /** SHA-256, as `openssl x509 -fingerprint -sha256` or `ssh-keygen -l` prints it. */
  fingerprint: string | undefined;
  /** Where and how it was read or proven, or why it is not known. */
  evidence: string;
}
