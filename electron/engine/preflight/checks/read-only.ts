import type { Check } from '../check.ts';
import type { HostFacts } from '../context.ts';
import { findingsOf } from '../finding-of.ts';

/** Whether anything may be changed over the connections: a move changes both hosts. */
export const readOnlyCheck: Check = {
  id: 'connection.read-only',
  title: 'whether the hosts may be written to',
  side: 'between',
  needs: ['source', 'destination'],
  run: async ({ source, destination }) => {
    const readOnly: HostFacts[] = [];
    for (const host of [source, destination]) if ((await host.daemon()).readOnly) readOnly.push(host);
    if (readOnly.length === 0) {
      return [
        findingsOf(readOnlyCheck.id, 'between').ok('Both connections may change what is on their hosts.'),
      ];
    }
    return readOnly.map(({ name, side, connectUri }) =>
      findingsOf(readOnlyCheck.id, side).error({
        summary: `The connection to ${name} is read-only: nothing can be moved over it.`,
        evidence: connectUri,
        remedy: `Add ${name} again without "read-only", as a user with full access: usually root or a member of the group libvirt.`,
      }),
    );
  },
};
