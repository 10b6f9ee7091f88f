import type {
  CalendarBar,
  CalendarGroup,
  CertificatesSnapshot,
  CertificatesWork,
  PkiFinding,
} from '../../../electron/ipc/views.ts';
import { careCount, sortedByCare } from '../../../electron/ipc/certificates/calendar-groups.ts';
import { careOf } from '../../../electron/ipc/certificates/care.ts';
import { expiryStage } from '../../../electron/pki/expiry-stage.ts';

const day = 86_400_000;
const now = Date.now();

/** A certificate that was made so many days before its end, with what was seen of it. */
export function bar(
  seen: CalendarBar['seen'],
  place: string,
  endsInDays: number,
  over: Partial<CalendarBar> = {},
): CalendarBar {
  const notAfterMs = now + endsInDays * day + 3_600_000;
  const notBeforeMs = Math.min(notAfterMs - 730 * day, now - day);
  const stage = expiryStage(
    { notBefore: new Date(notBeforeMs), notAfter: new Date(notAfterMs) },
    new Date(now),
  );
  return {
    ...{ seen, place, notBeforeMs, notAfterMs, stage, daysLeft: endsInDays, fingerprint: 'AB:CD' },
    kind: place.endsWith('authority') ? 'authority' : 'certificate',
    isStale: false,
    isRevoked: false,
    ...over,
  };
}

const places = ['libvirt server', 'libvirt client', 'qemu server', 'qemu client'];

export const issued = (days: number): CalendarBar[] => places.map((place) => bar('issued', place, days));

/** Issued, on disk and served, all of the same certificates. */
export const everywhere = (days: number): CalendarBar[] => [
  ...issued(days),
  ...places.map((place) => bar('deployed', place, days)),
  bar('served', 'libvirt server', days),
  bar('deployed', 'libvirt authority', 3600),
  bar('deployed', 'qemu authority', 3600),
];

/** A host as the other process tells of it, with what it makes of the bars. */
export function host(owner: string, bars: CalendarBar[], over: Partial<CalendarGroup> = {}): CalendarGroup {
  const group: CalendarGroup = {
    ...{
      owner,
      kind: 'host',
      hostId: owner.split('.')[0],
      issuers: bars.length > 0 ? ['Example Lab CA'] : [],
    },
    ...{ lookedAtMs: now - 130_000, isBeingLookedAt: false, problem: undefined, bars, isRevoked: false },
    care: undefined,
    ...over,
  };
  return { ...group, care: over.care ?? careOf(group) };
}

export const authorityGroup = (days: number, owner = 'Example Lab CA'): CalendarGroup =>
  host(owner, [bar('issued', 'authority', days)], {
    kind: 'authority',
    hostId: undefined,
    issuers: [],
    lookedAtMs: undefined,
  });

export function certificates(
  groups: CalendarGroup[],
  over: Partial<CertificatesSnapshot> = {},
): CertificatesSnapshot {
  const sorted = sortedByCare([authorityGroup(3600), ...groups]);
  return {
    generation: 1,
    groups: sorted,
    careCount: careCount(sorted),
    work: undefined,
    problems: [],
    ...over,
  };
}

export function work(over: Partial<CertificatesWork> = {}): CertificatesWork {
  return {
    kind: 'renew',
    owners: ['alpha.lab'],
    sentence: 'Making the qemu server key of alpha.lab ...',
    startedAtMs: now - 14_000,
    cancelling: false,
    outcome: undefined,
    problem: undefined,
    findings: [],
    ...over,
  };
}

export const findings: PkiFinding[] = [
  {
    id: 'pki.keys',
    side: 'host',
    host: 'alpha.lab',
    level: 'ok',
    summary: 'The keys were made on alpha.lab with openssl, and did not leave it.',
  },
  {
    id: 'pki.served',
    side: 'host',
    host: 'alpha.lab',
    level: 'ok',
    summary:
      'The daemon of alpha.lab read them without a restart, and shows the new certificate to this machine.',
  },
];

export const linkCut = {
  code: 'host-unreachable',
  message: 'gamma.lab did not answer within 10 s (10.0.0.7, port 22).',
  side: undefined,
  remedy: 'See that the host runs and that its ssh port can be reached, then look again.',
  evidence: 'connect ETIMEDOUT 10.0.0.7:22',
  hostId: 'gamma',
};
