import type { Check } from '../check.ts';
import { findingsOf } from '../finding-of.ts';
import { knownBugs } from '../known-bugs/all-known-bugs.ts';

/** Whether these versions, this guest and these options run into a bug that is known from the release notes. */
export const knownBugsCheck: Check = {
  id: 'versions.known-bugs',
  title: 'known bugs of these versions',
  side: 'between',
  needs: ['guest', 'source', 'destination'],
  run: async (context) => {
    const finding = findingsOf('versions.known-bugs', 'between');
    const [guest, source, destination] = await Promise.all([
      context.guest(),
      context.source.daemon(),
      context.destination.daemon(),
    ]);
    const plan = { source, destination, guest, options: context.options };
    const met = knownBugs.filter(({ applies }) => applies(plan));
    if (met.length > 0) {
      return met.map(({ what, remedy, source: told }) =>
        finding.warning({ summary: what, evidence: told, remedy }),
      );
    }
    return [finding.ok(`None of the ${knownBugs.length} known bugs applies to these versions and options.`)];
  },
};
