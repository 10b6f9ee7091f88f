import type { MigrationResult } from '../outcome.ts';
import type { MigrationPlan } from '../plan.ts';
import type { Receipt } from './receipt.ts';

/** What a run leaves behind on the hosts on purpose, and a person may want to remove. Pure. */
export function cleanUpAfter(plan: MigrationPlan, { outcome, storage }: MigrationResult): Receipt['cleanUp'] {
  const { guest, options, source } = plan;
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
      return unfinishedCopies(plan, storage);
    case 'refused':
    case 'stuck':
      return [];
  }
}

/** Volumes that were made are removed again; what was written over is as it is. */
function unfinishedCopies(
  { guest, copies, destination }: MigrationPlan,
  storage: MigrationResult['storage'],
): Receipt['cleanUp'] {
  const made = new Set(copies.filter(({ place }) => place.kind === 'new').map(({ target }) => target));
  const disks = guest.disks.filter((target) => !made.has(target)).join(', ');
  const texts = [
    ...(storage?.left ?? []).map(
      ({ path, why }) =>
        `${path} is left on ${destination.name} (${why.replace(/\.$/, '')}). Delete it once ${guest.name} is not there for certain.`,
    ),
    ...(disks === ''
      ? []
      : [
          `What was copied of ${disks} may be left on ${destination.name}, unfinished. The next run with disks overwrites it; else delete it.`,
        ]),
  ];
  return texts.map((text) => ({ side: 'destination', text }));
}

function sourceNote(text: string): Receipt['cleanUp'][number] {
  return { side: 'source', text };
}
