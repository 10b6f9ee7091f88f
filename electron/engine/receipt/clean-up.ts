import type { MigrationResult, OutcomeError } from '../outcome.ts';
import type { MigrationPlan } from '../plan.ts';
import type { Receipt } from './receipt.ts';

/** What a run leaves behind on the hosts on purpose, and a person may want to remove. Pure. */
export function cleanUpAfter(plan: MigrationPlan, result: MigrationResult): Receipt['cleanUp'] {
  const { guest, options, source } = plan;
  const disks = guest.disks.join(', ');
  switch (result.outcome) {
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
      return unfinishedCopies(plan, result);
    case 'refused':
    case 'stuck':
      return [];
  }
}

/** Volumes that were made are removed again, and told of only where they were not; what was there before stays. */
function unfinishedCopies(
  { guest, copies, destination }: MigrationPlan,
  { storage, error }: MigrationResult,
): Receipt['cleanUp'] {
  const left = (storage?.left ?? []).map(
    ({ path, why }) =>
      `${path} is left on ${destination.name} (${why.replace(/\.$/, '')}). Delete it once ${guest.name} is not there for certain.`,
  );
  // Disks are written from Perform on.
  const wasWritten = error === undefined || !beforePerform.includes(error.phase);
  const written = wasWritten ? guest.disks.flatMap((target) => partialCopy(target, copies, destination)) : [];
  return [...left, ...written].map((text) => ({ side: 'destination', text }));
}

const beforePerform: readonly OutcomeError['phase'][] = ['preflight', 'begin', 'prepare'];

function partialCopy(
  target: string,
  copies: MigrationPlan['copies'],
  { name }: MigrationPlan['destination'],
): string[] {
  const place = copies.find((copy) => copy.target === target)?.place;
  switch (place?.kind) {
    case 'new':
      return [];
    case 'existing':
      return [
        `${place.what} on ${name}, over which ${target} was written, may hold a part of it. The next run with disks writes it anew.`,
      ];
    case undefined:
      return [
        `Where ${name} put the copy of ${target} is not known; it may be there, unfinished. Look for it at the path that ${target} has on the source.`,
      ];
  }
}

function sourceNote(text: string): Receipt['cleanUp'][number] {
  return { side: 'source', text };
}
