import type { AgreedCipher } from '../../../common/agreed-cipher.ts';
import type { Finding } from '../../finding.ts';
import type { HandshakeOutcome } from '../../../setup/handshakes/handshake-outcome.ts';
import { remedyFor, whyRefused } from '../../../setup/handshakes/refusal-words.ts';
import { nativeTlsOnly, type Check } from '../check.ts';
import type { PreflightContext } from '../context.ts';
import { findingsOf } from '../finding-of.ts';
import { tlsNameCheck, tlsTrustCheck } from './tls-peers.ts';
import { tlsRevocationsCheck } from './tls-revocations.ts';
import { tlsTreeCheck } from './tls-tree.ts';

const finding = findingsOf('tls.handshake', 'between');

/** What is read of the files, and named more exactly than a handshake can. */
const readings = [
  tlsTreeCheck('source'),
  tlsTreeCheck('destination'),
  tlsNameCheck,
  tlsTrustCheck('source'),
  tlsTrustCheck('destination'),
  tlsRevocationsCheck,
];

/**
 * A handshake from the source to the destination with the very files and accounts that QEMU will use, to the name that it will
 * expect. It is tried where nothing was found in the files: then it finds what nobody has thought of.
 */
export const tlsHandshakeCheck: Check = {
  id: 'tls.handshake',
  title: "a TLS handshake from the source to the destination with QEMU's certificates",
  side: 'between',
  needs: ['guest', 'source', 'destination'],
  applies: nativeTlsOnly,
  run: async (context) => {
    const outcome = await trial(context);
    if (outcome === undefined) {
      return [
        finding.unknown({
          summary: 'No handshake was tried, because it would fail for what was found in the certificates.',
          remedy: 'Mend that first.',
        }),
      ];
    }
    return [judge(outcome, context)];
  },
};

/** What the handshake agreed on; `undefined` where none was to be made, or it did not come about. */
export async function dataCipher(context: PreflightContext): Promise<AgreedCipher | undefined> {
  if (!nativeTlsOnly(context.options)) return undefined;
  const outcome = await trial(context);
  return outcome?.kind === 'agreed' ? outcome.cipher : undefined;
}

/** `undefined`: it would fail for what was read. */
async function trial(context: PreflightContext): Promise<HandshakeOutcome | undefined> {
  const read = (await Promise.all(readings.map((check) => check.run(context)))).flat();
  return read.some(({ level }) => level === 'error') ? undefined : context.tryData();
}

function judge(outcome: HandshakeOutcome, { source, destination }: PreflightContext): Finding {
  const [from, to] = [source.name, destination.name];
  if ('reason' in outcome && outcome.reason === 'purpose') {
    // QEMU minds the purpose only where it is marked critical, and then the files were found to be wrong.
    return finding.unknown({
      summary:
        'The handshake was tried with OpenSSL, which minds the purpose of a certificate more than QEMU does.',
      evidence: outcome.said,
      remedy: `Issue certificates with the purposes of a server and a client: viaduct pki deploy`,
    });
  }
  switch (outcome.kind) {
    case 'agreed':
      return finding.ok(
        `${from} and ${to} shook hands with QEMU’s certificates, and each accepted the other’s.`,
        outcome.asRoot ? 'tried as root' : 'tried as the account of QEMU',
      );
    case 'client-refuses':
      return finding.error({
        summary: `${from} does not accept the QEMU certificate of ${to}: ${whyRefused[outcome.reason]}.`,
        evidence: outcome.said,
        remedy: remedyFor(outcome.reason, to, [from, to]),
      });
    case 'server-refuses':
      return finding.error({
        summary: `${to} does not accept the QEMU certificate of ${from}${outcome.reason === undefined ? '' : `: ${whyRefused[outcome.reason]}`}.`,
        evidence: outcome.said,
        remedy: remedyFor(outcome.reason ?? 'other', from, [from, to]),
      });
    case 'files':
      return finding.error({
        summary: `QEMU’s account cannot use a file of its certificates on ${from} or ${to}.`,
        evidence: outcome.said,
        remedy: `Run "viaduct pki deploy" for ${from} and ${to}.`,
      });
    case 'unreachable':
      return finding.unknown({
        summary: `No handshake was tried, because ${from} does not reach the data port of ${to}.`,
        remedy: 'Open the data ports first.',
      });
    case 'not-tried':
      return finding.unknown({
        summary: `No handshake was tried: ${outcome.said || 'openssl ended without a word'}.`,
        remedy: `Install openssl on ${from} and ${to} to have it tried.`,
      });
  }
}
