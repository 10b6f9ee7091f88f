import { owned } from '../journal/journal-error.ts';
import type { Journals, OwnedJournal } from '../journal/journals.ts';
import { takenUp } from '../journal/replay.ts';
import { interruption } from '../recover/interruption.ts';
import { isFinishMade } from '../recover/may-have-run.ts';
import { isEnd } from '../state/migration-state.ts';
import type { Past } from './diagnosis.ts';

export interface UnfinishedRun {
  past: Past | undefined;
  release(): Promise<void>;
}

const none: UnfinishedRun = { past: undefined, release: () => Promise.resolve() };

/**
 * What the journal says of a migration of the guest that has not ended, and keeps everybody else from taking that up until
 * it is released. It stays unfinished: `viaduct recover` settles it, and writes its receipt.
 *
 * @throws {JournalError} `journal-owned` while a process is at it; those of reading it
 */
export async function holdUnfinishedRun(
  journals: Journals,
  uuid: string | undefined,
): Promise<UnfinishedRun> {
  const { migrations } = await journals.unfinished();
  const migration = migrations.find(({ header }) => header.plan.guest.uuid === uuid);
  if (migration === undefined) return none;
  if (migration.owner !== undefined) throw owned(migration.header.plan.guest.name, migration.owner);
  const taken = await journals.take(migration);
  return taken === undefined ? none : { past: pastOf(taken), release: () => taken.release() };
}

function pastOf({ file }: OwnedJournal): Past | undefined {
  const { header, replayed } = file;
  const { guest, options } = header.plan;
  const state = takenUp(replayed, interruption(replayed));
  if (isEnd(state)) return undefined;
  return {
    finishMade: isFinishMade(state),
    hasRun: replayed.destinationHasRun,
    keepsDefinition: guest.persistent || options.persist,
  };
}
