import type { LinkSecurity } from '../ssh/link.ts';

/** What a host showed this machine to prove who it is. */
export interface HostIdentity {
  kind: 'SSH host key' | 'certificate of libvirt’s daemon';
  /** The type of the key, or the certificate's subject. */
  subject: string;
  /** SHA-256, as `ssh-keygen -l` or `openssl x509 -fingerprint -sha256` prints it. */
  fingerprint: string;
  /** How it was checked. */
  evidence: string;
}

const keyEvidence: Readonly<Record<LinkSecurity['hostKeyEvidence'], string>> = {
  record: 'shown to this machine, and the one on record',
  person: 'shown to this machine, and accepted by a person',
  new: 'shown to this machine, new, and put on record without a question',
  none: 'shown to this machine, and not checked',
};

export function sshIdentity({
  hostKeyType,
  hostKeyFingerprint,
  hostKeyEvidence,
}: LinkSecurity): HostIdentity {
  return {
    kind: 'SSH host key',
    subject: hostKeyType,
    fingerprint: hostKeyFingerprint,
    evidence: keyEvidence[hostKeyEvidence],
  };
}
