import { daysUntil, expiryStage } from '../../pki/expiry-stage.ts';
import { isTrustedBy } from '../../pki/inspect-chain.ts';
import { inspectStrength } from '../../pki/inspect-strength.ts';
import { inspectUsage } from '../../pki/inspect-usage.ts';
import type { Authority } from '../../pki/authority.ts';
import { parseCertificates, type Certificate } from '../../pki/certificate.ts';
import { isCertificateFor, namesOf } from '../../pki/hostname.ts';
import type { CertificateNames } from '../../pki/names.ts';
import { readRevocationList, splitRevocationLists } from '../../pki/revocation-list.ts';
import type { Trust } from '../replace-certificates.ts';
import type { Place } from '../trees.ts';
import type { PublicHalf } from './key-fit.ts';
import { certificateWords, dayOf } from './words.ts';

/** Why a set has to be made anew, and what else is to be said of it. */
export interface Judgement {
  reasons: string[];
  notes: string[];
}

/** What a certificate is held against. */
export interface Wanted {
  authority: Authority;
  /** Serial numbers that the authority has revoked. */
  revoked: ReadonlySet<string>;
  /** `undefined`: whatever names there are. */
  names: CertificateNames | undefined;
  /** As libvirt counts it. */
  libvirtVersion: number;
  now: Date;
}

/** libvirt before 11.6, and QEMU, refuse a critical key usage without key encipherment. */
const firstWithoutDemand = 11_006_000;

export function judgeCertificate(place: Place, leaf: Certificate, wanted: Wanted): Judgement {
  const { authority, revoked, now, libvirtVersion } = wanted;
  const about = certificateWords(place);
  if (!isTrustedBy(leaf, [], [authority.certificate])) {
    return {
      reasons: [`${about} is of another authority (${leaf.issuer}), not of ${authority.name}.`],
      notes: [],
    };
  }
  const dates = judgeDates(about, leaf, wanted);
  const demandsKeyEncipherment = place.tree === 'qemu' || libvirtVersion < firstWithoutDemand;
  const flaws = [
    ...inspectUsage(leaf, place.purpose, demandsKeyEncipherment),
    ...inspectStrength([leaf], []),
  ].filter(({ severity }) => severity === 'error');
  return {
    reasons: [
      ...(revoked.has(leaf.serial) ? [`${about} is revoked.`] : []),
      ...dates.reasons,
      ...(place.purpose === 'server' ? judgeNames(about, leaf, wanted.names) : []),
      ...flaws.map(({ message }) => `${about} will be refused: ${message}`),
    ],
    notes: now < leaf.notBefore ? [] : dates.notes,
  };
}

function judgeDates(about: string, leaf: Certificate, { authority, now }: Wanted): Judgement {
  const stage = expiryStage(leaf, now);
  if (stage === 'fine') return { reasons: [], notes: [] };
  if (stage === 'expired') return { reasons: [`${about} expired on ${dayOf(leaf.notAfter)}.`], notes: [] };
  if (stage === 'not-yet-valid') {
    return { reasons: [`${about} is not valid before ${leaf.notBefore.toISOString()}.`], notes: [] };
  }
  const days = daysUntil(leaf.notAfter, now);
  const sentence = `${about} expires in ${days === 1 ? '1 day' : `${days} days`}, on ${dayOf(leaf.notAfter)}`;
  // No certificate outlives its authority: a new one would end on the same day.
  return leaf.notAfter < authority.certificate.notAfter
    ? { reasons: [`${sentence}.`], notes: [] }
    : { reasons: [], notes: [`${sentence}, together with ${authority.name}, which has to be replaced.`] };
}

function judgeNames(about: string, leaf: Certificate, names: CertificateNames | undefined): string[] {
  if (names === undefined) return [];
  const wanted = [...names.dnsNames, ...names.ipAddresses];
  const lacking = wanted.filter((name) => !isCertificateFor(leaf, name));
  const unwanted = namesOf(leaf).filter((name) => !wanted.includes(name));
  return [
    ...(lacking.length > 0 ? [`${about} lacks the name ${lacking.join(', ')}.`] : []),
    ...(unwanted.length > 0 ? [`${about} is for ${unwanted.join(', ')} as well, which is not wanted.`] : []),
  ];
}

export function judgeKey(
  { key, certificate }: Place,
  half: PublicHalf,
  leaf: Certificate | undefined,
): string[] {
  if ('unusable' in half) return [`${key.path} is no usable key: ${half.unusable}.`];
  if ('unknown' in half) {
    return [`Whether ${key.path} belongs to its certificate could not be seen: ${half.unknown}.`];
  }
  if (leaf === undefined || half.publicKey.equals(leaf.publicKey)) return [];
  return [`The key ${key.path} does not belong to ${certificate.path}.`];
}

export function judgeAuthorities(
  path: string,
  found: readonly Certificate[],
  trust: Trust,
  now: Date,
): Judgement {
  const wanted = parseCertificates(trust.authorities);
  const has = (certificates: readonly Certificate[], one: Certificate): boolean =>
    certificates.some(({ fingerprint }) => fingerprint === one.fingerprint);
  const labels = (certificates: readonly Certificate[]): string =>
    certificates.map(({ label }) => label).join(', ');
  const lacking = wanted.filter((one) => !has(found, one));
  const others = found.filter((one) => !has(wanted, one));
  const expired = others.filter(({ notAfter }) => now > notAfter);
  const more = others.filter((one) => !expired.includes(one));
  return {
    reasons: [
      ...(lacking.length > 0 ? [`${path} lacks the authority ${labels(lacking)}.`] : []),
      ...(expired.length > 0
        ? [
            `${path} holds the expired authority ${labels(expired)}, over which libvirt and QEMU refuse to work.`,
          ]
        : []),
    ],
    notes:
      more.length > 0 ? [`${path} trusts ${labels(more)} as well, which new certificates would end.`] : [],
  };
}

/** Every wanted list has to be there, or a newer one of the same authority. */
export function judgeRevocations(path: string, text: string | undefined, { revocations }: Trust): Judgement {
  const lists = (pem: string | undefined) =>
    splitRevocationLists(pem ?? '').map((one) => readRevocationList(one));
  const wanted = lists(revocations);
  try {
    const found = lists(text);
    const lacking = wanted.filter(
      ({ issuer, number = 0n }) =>
        !found.some((list) => list.issuer === issuer && (list.number ?? -1n) >= number),
    );
    const reasons = lacking.map(
      ({ issuer, number }) => `${path} lacks revocation list ${number ?? ''} of ${issuer}.`,
    );
    const none = wanted.length === 0 && found.length > 0;
    return {
      reasons,
      notes: none ? [`${path} holds a revocation list of another authority; it stays there.`] : [],
    };
  } catch {
    return { reasons: [`${path} holds no revocation list that can be read.`], notes: [] };
  }
}
