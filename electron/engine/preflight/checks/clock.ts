import type { Check } from '../check.ts';
import { findingsOf } from '../finding-of.ts';

const noticeMs = 1_000;
const warnMs = 60_000;

/** Certificates' dates are read against the hosts' clocks, and the guest takes its time from the destination's. */
export const clockCheck: Check = {
  id: 'clock',
  title: "the hosts' clocks",
  side: 'between',
  needs: ['source', 'destination'],
  run: async ({ source, destination }) => {
    const finding = findingsOf('clock', 'between');
    const [one, other] = await Promise.all([source.clock(), destination.clock()]);
    const differenceMs = Math.round(Math.abs(one.offsetMs - other.offsetMs));
    const uncertaintyMs = Math.ceil(one.uncertaintyMs + other.uncertaintyMs);
    const evidence = `${differenceMs} ms, right to ${uncertaintyMs} ms`;
    const certainMs = Math.max(0, differenceMs - uncertaintyMs);
    const seconds = (differenceMs / 1000).toFixed(1);
    if (certainMs > warnMs) {
      return [
        finding.warning({
          summary: `The clocks of ${source.name} and ${destination.name} differ by ${seconds} s.`,
          evidence,
          remedy: 'Let both hosts take their time from the same source (chrony, systemd-timesyncd).',
        }),
      ];
    }
    if (certainMs > noticeMs) {
      return [
        finding.info(
          `The clocks differ by ${seconds} s; the times measured during the migration will be off by as much.`,
          evidence,
        ),
      ];
    }
    return [finding.ok(`The clocks of ${source.name} and ${destination.name} agree.`, evidence)];
  },
};
