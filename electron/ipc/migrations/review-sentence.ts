import { formatBytes } from '../../common/units.ts';
import type { MigrationPlan, PlanOptions } from '../../engine/plan.ts';
import type { Review } from '../../engine/review.ts';

const count = (number: number, one: string, many: string) => `${number} ${number === 1 ? one : many}`;

/** What goes between the hosts, whatever the mode is called: a tunnel is as safe as what it runs in. */
function isClear({ streams }: MigrationPlan): boolean {
  return streams.some(({ name, encrypted }) => name === 'memory and device state' && !encrypted);
}

/** The review's outcome in one sentence; `undefined` while the checks run. */
export function reviewSentence(review: Review | undefined, { mode, offline }: PlanOptions): string {
  if (!review) return 'Checking both hosts, the guest and the way between; nothing is touched.';
  const errors = review.findings.filter(({ level }) => level === 'error').length;
  if (errors > 0 || !review.plan) return `Can't move yet: ${count(errors, 'thing', 'things')} to fix.`;
  const looks = review.findings.filter(({ level }) => level === 'warning' || level === 'unknown').length;
  const rest = looks === 0 ? 'Nothing is in the way.' : `${count(looks, 'thing', 'things')} to look at.`;
  if (offline) return `Only its definition moves; it stays shut off. ${rest}`;
  const memory = formatBytes(review.plan.guest.memoryBytes);
  const protection = {
    'native-tls': `Encrypted with QEMU-native TLS: ${memory} of memory.`,
    tunnelled: `Encrypted inside the daemons' connection: ${memory} of memory.`,
    'ssh-relay': `Encrypted by SSH through this machine: ${memory} of memory.`,
    plain: `In the clear: anyone on the way can read and change ${memory} of memory.`,
  }[isClear(review.plan) ? 'plain' : mode];
  return `${protection} ${rest}`;
}
