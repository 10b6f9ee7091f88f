import { messageOf } from '../../../common/errors.ts';
import { parseCertificates, type Certificate } from '../../../pki/certificate.ts';
import { isCertificateFor, namesOf } from '../../../pki/hostname.ts';
import { isTrustedBy } from '../../../pki/inspect-chain.ts';
import type { Finding } from '../../finding.ts';
import { nativeTlsOnly, type Check } from '../check.ts';
import type { HostFacts, PreflightContext } from '../context.ts';
import { FactUnavailableError } from '../errors.ts';
import { findingsOf } from '../finding-of.ts';
import { verifiesClient } from '../../../setup/config/qemu-settings.ts';
import { certificateWords, purposeOf } from '../tls-words.ts';
import { contentOf } from './tls-tree.ts';

interface Credentials {
  leaf: Certificate;
  intermediates: Certificate[];
  authorities: Certificate[];
}

async function credentialsOf(host: HostFacts): Promise<Credentials> {
  const tree = await host.tlsTree(purposeOf[host.side]);
  const [ca, cert] = [contentOf(tree.ca), contentOf(tree.certificate)];
  const what = `the ${certificateWords[purposeOf[host.side]]} of ${host.name}`;
  const remedy = `Mend the certificate files of ${host.name} first.`;
  if (ca === undefined || cert === undefined) {
    throw new FactUnavailableError('not-readable', `There is no reading ${what}.`, remedy);
  }
  try {
    const [leaf, ...intermediates] = parseCertificates(cert);
    if (leaf !== undefined) return { leaf, intermediates, authorities: parseCertificates(ca) };
  } catch (error) {
    throw new FactUnavailableError(
      'not-readable',
      `There is no reading ${what}: ${messageOf(error)}`,
      remedy,
      error,
    );
  }
  throw new FactUnavailableError('not-readable', `There is no reading ${what}.`, remedy);
}

/** The source's QEMU always checks the name, and nothing can switch that off. */
export const tlsNameCheck: Check = {
  id: 'tls.destination.name',
  title: "whether the destination's certificate is for the address that is used",
  side: 'destination',
  needs: ['guest', 'source', 'destination'],
  applies: nativeTlsOnly,
  run: async (context) => {
    const { source, destination, options } = context;
    const finding = findingsOf('tls.destination.name', 'destination');
    const [{ leaf }, { tlsName, migrateUri }] = await Promise.all([
      credentialsOf(destination),
      context.dataAddress(),
    ]);
    const evidence = `data address ${migrateUri}${options.tlsDestination === undefined ? '' : `, expected name ${tlsName}`}`;
    if (isCertificateFor(leaf, tlsName)) {
      return [finding.ok(`The certificate of ${destination.name} is for ${tlsName}.`, evidence)];
    }
    const names = namesOf(leaf);
    const another =
      names[0] === undefined ? '' : `, or name one of its names with --tls-destination ${names[0]}`;
    return [
      finding.error({
        summary: `The certificate of ${destination.name} is for ${names.join(', ') || 'no name at all'}, but ${source.name} reaches it as ${tlsName}.`,
        evidence,
        remedy: `Issue a certificate for ${tlsName}${another}.`,
      }),
    ];
  },
};

/** Whether one host trusts the certificate that the other will show. */
export function tlsTrustCheck(side: 'source' | 'destination'): Check {
  const other = side === 'source' ? 'destination' : 'source';
  return {
    id: `tls.${side}.trust`,
    title: `whether the ${side} trusts the certificate of the ${other}`,
    side,
    needs: ['guest', 'source', 'destination'],
    applies: nativeTlsOnly,
    run: async (context) => {
      if (side === 'destination' && !(await asksForCertificate(context.destination)).verifies) {
        const { source, destination } = context;
        const words = `${destination.name} does not ask ${source.name} for a certificate.`;
        return [findingsOf('tls.destination.trust', 'destination').info(words)];
      }
      return judgeTrust(context[side], context[other]);
    },
  };
}

async function judgeTrust(verifier: HostFacts, prover: HostFacts): Promise<Finding[]> {
  const finding = findingsOf(`tls.${verifier.side}.trust`, verifier.side);
  const [own, shown] = await Promise.all([credentialsOf(verifier), credentialsOf(prover)]);
  if (isTrustedBy(shown.leaf, shown.intermediates, own.authorities)) {
    return [finding.ok(`${verifier.name} trusts the CA that issued the certificate of ${prover.name}.`)];
  }
  const evidence = `${verifier.name} trusts ${own.authorities.map(({ subject }) => subject).join('; ')}; ${prover.name} shows ${shown.leaf.subject}, issued by ${shown.leaf.issuer}`;
  if (!isTrustedBy(shown.leaf, shown.intermediates, shown.authorities)) {
    return [
      finding.unknown({
        summary: `Whether ${verifier.name} will trust ${prover.name} is open while the certificate of ${prover.name} does not fit its own CA file.`,
        evidence,
        remedy: `Mend the certificate files of ${prover.name} first.`,
      }),
    ];
  }
  return [
    finding.error({
      summary: `${verifier.name} does not trust the CA that issued the certificate of ${prover.name} (${shown.leaf.issuer}).`,
      evidence,
      remedy: `Have both certificates issued by one CA, or add the CA of ${prover.name} to ca-cert.pem on ${verifier.name}.`,
    }),
  ];
}

async function asksForCertificate(destination: HostFacts): Promise<ReturnType<typeof verifiesClient>> {
  const [settings, daemon] = await Promise.all([destination.qemuSettings(), destination.daemon()]);
  return verifiesClient(settings, daemon.libvirt.number);
}

/** Without it anybody who reaches the data port first can send the guest, or what looks like one. */
export const tlsVerifyCheck: Check = {
  id: 'tls.destination.verify',
  title: "whether the destination verifies the source's certificate",
  side: 'destination',
  needs: ['destination'],
  applies: nativeTlsOnly,
  run: async ({ destination }: PreflightContext) => {
    const finding = findingsOf('tls.destination.verify', 'destination');
    const { verifies, because } = await asksForCertificate(destination);
    if (verifies) return [finding.ok(`${destination.name} verifies the certificate of the source.`, because)];
    return [
      finding.warning({
        summary: `${destination.name} does not verify the source: any host may connect in its place.`,
        evidence: because,
        remedy: `Set migrate_tls_x509_verify = 1 in /etc/libvirt/qemu.conf of ${destination.name} and restart its libvirt.`,
      }),
    ];
  },
};

/** A host may insist on TLS; then a plain migration is refused in its first call. */
export function tlsForceCheck(side: 'source' | 'destination'): Check {
  return {
    id: `tls.${side}.force`,
    title: `whether the ${side} insists on TLS`,
    side,
    needs: [side],
    // libvirt takes a tunnel for as good as TLS, and leaves it be.
    applies: ({ mode }) => mode === 'plain' || mode === 'ssh-relay',
    run: async (context) => {
      const finding = findingsOf(`tls.${side}.force`, side);
      const host = context[side];
      const { forcesTls } = await host.qemuSettings();
      if (!forcesTls) return [finding.ok(`${host.name} does not insist on TLS.`)];
      return [
        finding.error({
          summary: `${host.name} refuses migrations without TLS (migrate_tls_force in qemu.conf).`,
          remedy: 'Choose the mode native-tls.',
        }),
      ];
    },
  };
}
