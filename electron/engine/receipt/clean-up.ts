import type { MigrationResult } from '../outcome.ts';
import type { MigrationPlan } from '../plan.ts';
import type { Receipt } from './receipt.ts';

/** What a run leaves behind on the hosts on purpose, and a person may want to remove. Pure. */
export function cleanUpAfter(plan: MigrationPlan, { outcome }: MigrationResult): Receipt['cleanUp'] {
  const { guest, options, source, destination } = plan;
  const disks = guest.disks.join(', ');
  switch (outcome) {
    case 'migrated':
      return [
        ...(disks === ''
          ? []
          : [
              sourceNote(
                `The files of ${disks} on ${source.name} are no longer used. Delete them once you are sure.`,
              ),
            ]),
        ...(options.keepSourceDefinition && guest.persistent
          ? [
              sourceNote(
                `The definition of ${guest.name} on ${source.name} is a second one that could be started. Undefine it.`,
              ),
            ]
          : []),
      ];
    case 'failed':
    case 'cancelled':
      return disks === ''
        ? []
        : [
            {
              side: 'destination',
              text: `What was copied of ${disks} may be left on ${destination.name}, unfinished. The next run with disks overwrites it; else delete it.`,
            },
          ];
    case 'refused':
    case 'stuck':
      return [];
  }
}

function sourceNote(text: string): Receipt['cleanUp'][number] {
  return { side: 'source', text };
}
