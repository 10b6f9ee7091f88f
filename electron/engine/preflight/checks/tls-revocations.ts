import { messageOf } from '../../../common/errors.ts';
import { parseCertificates, type Certificate } from '../../../pki/certificate.ts';
import {
  readRevocationList,
  sameSerial,
  splitRevocationLists,
  type RevocationList,
} from '../../../pki/revocation-list.ts';
import type { Finding } from '../../finding.ts';
import { nativeTlsOnly, type Check } from '../check.ts';
import type { PreflightContext } from '../context.ts';
import { findingsOf } from '../finding-of.ts';
import { contentOf } from './tls-tree.ts';

const finding = findingsOf('tls.destination.revocations', 'destination');

/** Whether the destination has a revocation list, whether it counts, and whether the source is on it. */
export const tlsRevocationsCheck: Check = {
  id: 'tls.destination.revocations',
  title: "whether the source's certificate is revoked on the destination",
  side: 'destination',
  needs: ['guest', 'source', 'destination'],
  applies: nativeTlsOnly,
  run: async (context) => {
    const { source, destination } = context;
    const [own, shown] = await Promise.all([destination.tlsTree('server'), source.tlsTree('client')]);
    const text = contentOf(own.revocations);
    if (text === undefined) return [finding.ok(`${destination.name} has no revocation list for migrations.`)];
    const { path } = own.revocations;
    const lists = readLists(text);
    if ('because' in lists) {
      return [
        finding.error({
          summary: `The revocation list ${path} on ${destination.name} cannot be read, so its QEMU takes in no guest.`,
          evidence: lists.because,
          remedy: `Put the authority's list there in PEM form, or remove ${path}.`,
        }),
      ];
    }
    const [leaf] = parsed(contentOf(shown.certificate));
    return judge(lists, { leaf, ca: contentOf(own.ca) ?? '', path }, context);
  },
};

/** GnuTLS takes a file without a list for a broken one. */
function readLists(text: string): RevocationList[] | { because: string } {
  try {
    const lists = splitRevocationLists(text).map(readRevocationList);
    return lists.length > 0 ? lists : { because: 'there is no list in it' };
  } catch (error) {
    return { because: messageOf(error) };
  }
}

interface Read {
  leaf: Certificate | undefined;
  ca: string;
  path: string;
}

async function judge(
  lists: readonly RevocationList[],
  { leaf, ca, path }: Read,
  { source, destination, now }: PreflightContext,
): Promise<Finding[]> {
  const authorities = parsed(ca);
  const counting: RevocationList[] = [];
  for (const list of lists) if (await isSignedByOneOf(list, authorities)) counting.push(list);
  if (counting.length === 0) {
    return [
      finding.warning({
        summary: `No list in ${path} on ${destination.name} is of an authority that it trusts, so it keeps nobody out.`,
        remedy: `Put the list of its own authority there: viaduct pki deploy`,
      }),
    ];
  }
  const entry =
    leaf &&
    counting
      .filter(({ issuer }) => issuer === leaf.issuer)
      .flatMap(({ revoked }) => revoked)
      .find(({ serial }) => sameSerial(serial, leaf.serial));
  if (leaf !== undefined && entry !== undefined) {
    return [
      finding.error({
        summary: `The certificate of ${source.name} was revoked on ${entry.revokedAt.toISOString()}, and ${destination.name} knows it.`,
        evidence: `${leaf.subject}, serial number ${leaf.serial}, in ${path}`,
        remedy: `Give ${source.name} a new certificate: viaduct pki deploy`,
      }),
    ];
  }
  const old = counting.find(({ nextUpdate }) => nextUpdate !== undefined && nextUpdate < now);
  if (old !== undefined) {
    return [
      finding.warning({
        summary: `The revocation list ${path} on ${destination.name} should have been renewed by ${old.nextUpdate?.toISOString() ?? ''}.`,
        remedy: `Put the newest list of the authority there: viaduct pki deploy`,
      }),
    ];
  }
  return [
    finding.ok(
      `The certificate of ${source.name} is not on the revocation list of ${destination.name}.`,
      path,
    ),
  ];
}

/** Nothing where it cannot be read, which the check of the files reports. */
function parsed(pem: string | undefined): Certificate[] {
  try {
    return pem === undefined ? [] : parseCertificates(pem);
  } catch {
    return [];
  }
}

async function isSignedByOneOf(list: RevocationList, authorities: readonly Certificate[]): Promise<boolean> {
  for (const { pem } of authorities) if (await list.isSignedBy(pem)) return true;
  return false;
}
