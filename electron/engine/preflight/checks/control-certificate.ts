import { type CredentialInput, inspectCredentials } from '../../../pki/verify.ts';
import type { Finding } from '../../finding.ts';
import { needsPeer } from '../../choose-control.ts';
import type { Check } from '../check.ts';
import type { HostFacts } from '../context.ts';
import { FactUnavailableError } from '../errors.ts';
import { findingsOf } from '../finding-of.ts';
import type { LibvirtCertificates } from '../peer/libvirt-certificates.ts';
import { purposeOf } from '../tls-words.ts';
import { evidenceOf, strictestKeyPolicy, timeOf } from './tls-tree.ts';

const words = { client: "libvirt's client certificate", server: "libvirt's server certificate" } as const;

/**
 * What a login that works today does not show of the certificate with which a host takes part in the daemons'
 * connection: that it ends soon, or is made with what is too weak. What keeps the daemons apart, the login says.
 */
export function controlCertificateCheck(side: 'source' | 'destination'): Check {
  const purpose = purposeOf[side];
  const finding = findingsOf(`control.${side}.certificate`, side);
  return {
    id: `control.${side}.certificate`,
    title: `${words[purpose]} on the ${side}`,
    side,
    needs: [side],
    applies: ({ control }) => control !== 'managed',
    run: async (context) => {
      const host = context[side];
      try {
        const certificates = await host.libvirtCertificates(purpose);
        const terms = { now: await timeOf(host, context.now), minRsaBits: await strictestKeyPolicy(context) };
        return judge(host, certificates, terms, needsPeer(context.options));
      } catch (error) {
        if (!(error instanceof FactUnavailableError && error.code === 'not-readable')) throw error;
        // A daemon without TLS may be reached in other ways.
        return [finding.info(`${error.message} Whether the daemons need it, their login says.`)];
      }
    },
  };

  function judge(
    host: HostFacts,
    { authority, certificate }: LibvirtCertificates,
    terms: Pick<CredentialInput, 'now' | 'minRsaBits'>,
    isNeeded: boolean,
  ): Finding[] {
    const report = inspectCredentials({ ca: authority, cert: certificate, purpose, ...terms });
    const broken = report.problems.find(({ severity }) => severity === 'error');
    // The login is tried with OpenSSL, at a level that knows nothing of the hosts' policies for GnuTLS.
    if (broken?.code === 'weak-key' && isNeeded) {
      const { message, remedy } = broken;
      return [finding.error({ summary: `${host.name}, libvirt: ${message}`, remedy, ...evidenceOf(report) })];
    }
    if (broken !== undefined) {
      const { message } = broken;
      return [finding.info(`${host.name}: ${message} What comes of it, the daemons' login says.`)];
    }
    if (report.problems.length > 0) {
      return report.problems.map(({ message, remedy }) =>
        finding.warning({ summary: `${host.name}, libvirt: ${message}`, remedy, ...evidenceOf(report) }),
      );
    }
    const summary = `${words[purpose]} on ${host.name} is sound`.replace(/^l/, 'L');
    return [
      finding.ok(
        `${summary}, and valid until ${report.leaf?.notAfter.toISOString().slice(0, 10) ?? ''}.`,
        evidenceOf(report).evidence,
      ),
    ];
  }
}
