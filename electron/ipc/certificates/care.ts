import type { CalendarBar, CalendarGroup, Care } from './certificate-views.ts';

type Seen = Pick<CalendarGroup, 'kind' | 'bars' | 'isRevoked' | 'lookedAtMs' | 'problem'>;

/** What is most urgent about a group; `undefined` when nothing is. */
export function careOf(group: Seen): Care | undefined {
  const { bars, isRevoked } = group;
  if (isRevoked || bars.some((bar) => bar.isRevoked && bar.seen !== 'issued')) {
    return {
      urgency: 'now',
      reason: 'revoked',
      sentence: 'Its certificates are revoked: other hosts refuse it.',
    };
  }
  const inUse = bars.filter((bar) => isInUse(bar, bars));
  const [first] = inUse.toSorted((one, other) => one.notAfterMs - other.notAfterMs);
  const ending = first && endingCare(first);
  if (ending !== undefined && ending.urgency !== 'later') return ending;
  return staleCare(bars) ?? missingCare(group) ?? ending ?? futureCare(inUse);
}

/** What was only issued counts where nothing stands in the file: else that one is what peers see. */
function isInUse({ seen, place }: CalendarBar, bars: readonly CalendarBar[]): boolean {
  return seen !== 'issued' || !bars.some((other) => other.place === place && other.seen === 'deployed');
}

function endingCare({ stage, daysLeft, kind, place }: CalendarBar): Care | undefined {
  const what = kind === 'authority' && place !== 'authority' ? 'The authority that it trusts ' : '';
  const told = (words: string): string => (what === '' ? `${words}.` : `${what}${words.toLowerCase()}.`);
  switch (stage) {
    case 'expired':
      return { urgency: 'now', reason: 'ends', sentence: told(`Expired ${sinceWords(-daysLeft - 1)}`) };
    case 'day':
      return { urgency: 'now', reason: 'ends', sentence: told('Expires within a day') };
    case 'week':
      return { urgency: 'soon', reason: 'ends', sentence: told(`Expires in ${days(daysLeft)}`) };
    case 'month':
      return { urgency: 'later', reason: 'ends', sentence: told(`Expires in ${days(daysLeft)}`) };
    default:
      return undefined;
  }
}

function sinceWords(wholeDays: number): string {
  return wholeDays <= 0 ? 'less than a day ago' : `${days(wholeDays)} ago`;
}

function days(count: number): string {
  return `${count} ${count === 1 ? 'day' : 'days'}`;
}

function staleCare(bars: readonly CalendarBar[]): Care | undefined {
  const served = bars.find(({ seen, isStale }) => seen === 'served' && isStale);
  if (served !== undefined) {
    const until = new Date(served.notAfterMs).toISOString().slice(0, 10);
    return {
      urgency: 'soon',
      reason: 'differs',
      sentence: `The daemon still shows another certificate, valid until ${until}; renewing reloads it.`,
    };
  }
  const places = bars
    .filter(({ seen, isStale }) => seen === 'deployed' && isStale)
    .map(({ place }) => place.replace('qemu', 'QEMU'));
  if (places.length === 0) return undefined;
  const where = places.length > 2 ? `${places.length} files hold` : `${places.join(' and ')}: the file holds`;
  return {
    urgency: 'soon',
    reason: 'differs',
    sentence: `${where} another certificate than was issued; renewing replaces it.`,
  };
}

/** Only when it was looked at, and could be. */
function missingCare({ kind, bars, lookedAtMs, problem }: Seen): Care | undefined {
  if (kind !== 'host' || lookedAtMs === undefined || problem !== undefined) return undefined;
  const missing = bars.filter((bar) => bar.seen === 'issued' && isInUse(bar, bars));
  if (missing.length === 0) return undefined;
  return {
    urgency: 'soon',
    reason: 'missing',
    sentence: `${missing.length === 1 ? 'A certificate' : `${missing.length} certificates`} that were issued for it are not in its files; renewing puts new ones there.`,
  };
}

function futureCare(bars: readonly CalendarBar[]): Care | undefined {
  const future = bars.find(({ stage }) => stage === 'not-yet-valid');
  if (future === undefined) return undefined;
  return {
    urgency: 'soon',
    reason: 'clock',
    sentence: 'Not valid yet: the clock of this computer or of the host is wrong.',
  };
}
