import { messageOf } from '../../common/errors.ts';
import { parseCertificates } from '../../pki/certificate.ts';
import { libvirtFiles } from '../../setup/config/libvirt-files.ts';
import { chooseControl } from '../choose-control.ts';
import type { ProvenIdentity } from '../identity.ts';
import { nativeTlsOnly } from './check.ts';
import type { HostFacts, PreflightContext } from './context.ts';
import { contentOf } from './checks/tls-tree.ts';
import type { TlsPurpose } from './facts/tls-tree.ts';
import type { PeerLogin } from './peer/peer-login.ts';
import type { PreflightFacts } from './preflight-facts.ts';
import { certificateWords, daemonCertificateWords, purposeOf } from './tls-words.ts';

/** Waits for a fact, which the checks have mostly asked for already, no longer than a check may take. */
export type InTime = <T>(work: Promise<T>) => Promise<T>;

/**
 * The certificates and keys that the plan's streams rest on, with where each was read or proven. What cannot be had is
 * in the list too, with the reason. Never rejects.
 */
export async function findIdentities(
  context: PreflightContext,
  facts: PreflightFacts | undefined,
  inTime: InTime,
): Promise<ProvenIdentity[]> {
  const { source, destination, options } = context;
  const peer = facts !== undefined && chooseControl(options, facts.peer) === 'p2p' ? facts.peer : undefined;
  const certificates = await Promise.all([
    ...(nativeTlsOnly(options) ? [ofQemu(source, facts, inTime), ofQemu(destination, facts, inTime)] : []),
    ...(peer?.address.transport === 'tls' ? ofDaemons(source, destination, peer, inTime) : []),
  ]);
  const shown = [shownToUs(source), shownToUs(destination)].filter((identity) => identity !== undefined);
  return [...shown, ...certificates];
}

function shownToUs(host: HostFacts): ProvenIdentity | undefined {
  const shown = host.seen()?.identity;
  if (shown === undefined) return undefined;
  const { kind: what, ...rest } = shown;
  return { side: host.side, what, ...rest };
}

function ofQemu(host: HostFacts, facts: PreflightFacts | undefined, inTime: InTime): Promise<ProvenIdentity> {
  const purpose = purposeOf[host.side];
  return read(host, certificateWords[purpose], async () => {
    const { certificate } = await inTime(host.tlsTree(purpose));
    const notAsked = purpose === 'client' && facts?.tls.destinationVerifiesClient === false;
    return {
      pem: contentOf(certificate),
      path: certificate.path,
      proof: notAsked ? '; the destination does not ask for it' : '',
    };
  });
}

/** Of the login that the source's daemon makes: the daemon's own, then that of its client, which is the source. */
function ofDaemons(
  source: HostFacts,
  destination: HostFacts,
  { trial, address }: PeerLogin,
  inTime: InTime,
): Promise<ProvenIdentity>[] {
  const tried = `; a trial login from ${source.name} at ${address.dconnuri} went through`;
  const ofLibvirt = (host: HostFacts, purpose: TlsPurpose): Promise<ProvenIdentity> =>
    read(host, daemonCertificateWords[purpose], async () => ({
      pem: (await inTime(host.libvirtCertificates(purpose))).certificate,
      path: libvirtFiles[purpose].certificate,
      proof: trial.kind === 'in' ? tried : '',
    }));
  return [ofLibvirt(destination, 'server'), ofLibvirt(source, 'client')];
}

async function read(
  { side, name }: HostFacts,
  what: string,
  load: () => Promise<{ pem: string | undefined; path: string; proof: string }>,
): Promise<ProvenIdentity> {
  const unknown = { side, what, subject: undefined, fingerprint: undefined };
  try {
    const { pem, path, proof } = await load();
    if (pem === undefined) return { ...unknown, evidence: `not known: ${path} on ${name} cannot be read` };
    const [leaf] = parseCertificates(pem);
    if (leaf === undefined) return { ...unknown, evidence: `not known: ${path} on ${name} is empty` };
    const evidence = `read from ${path} on ${name}${proof}`;
    return { side, what, subject: leaf.subject, fingerprint: leaf.fingerprint, evidence };
  } catch (error) {
    return { ...unknown, evidence: `not known: ${messageOf(error).replace(/\.$/, '')}` };
  }
}
