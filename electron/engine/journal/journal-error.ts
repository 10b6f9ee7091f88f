import { ViaductError, messageOf } from '../../common/errors.ts';
import type { Owner } from '../../common/owner-claims.ts';

export type JournalErrorCode =
  /** A line that was whole is not what was written, or says what cannot have happened. */
  | 'journal-damaged'
  /** Written by a later version. */
  | 'journal-newer'
  | 'journal-unreadable'
  | 'journal-unwritable'
  /** Another process has that migration. */
  | 'journal-owned'
  /** An earlier migration of the guest has not been settled. */
  | 'journal-unfinished';

/** What is wrong with the record of a migration; always on this machine, always with what to do. */
export class JournalError extends ViaductError {
  override readonly code: JournalErrorCode;

  constructor(code: JournalErrorCode, message: string, details: { remedy: string; cause?: unknown }) {
    super(code, message, { side: 'client', ...details });
    this.code = code;
  }
}

export function damaged(path: string, line: number, why: string, cause?: unknown): JournalError {
  return new JournalError('journal-damaged', `Line ${line} of the journal ${path} ${why}.`, {
    cause,
    remedy:
      'Nothing was done with it. Restore it from a backup and run "viaduct recover"; or look at the guest on both hosts with "virsh list --all", settle by hand where it runs, and then move the file away.',
  });
}

export function newer(path: string, version: number): JournalError {
  return new JournalError(
    'journal-newer',
    `The journal ${path} was written by a newer Viaduct (format ${version}).`,
    { remedy: 'Nothing was done with it. Run "viaduct recover" of that version, or of a later one.' },
  );
}

export function unreadable(path: string, cause: unknown): JournalError {
  return new JournalError('journal-unreadable', `The journal ${path} cannot be read: ${messageOf(cause)}`, {
    cause,
    remedy: 'Make it readable and writable for you, and run "viaduct recover".',
  });
}

export function unwritable(path: string, cause: unknown): JournalError {
  return new JournalError(
    'journal-unwritable',
    `The journal ${path} cannot be written: ${messageOf(cause)}`,
    {
      cause,
      remedy: 'Look at the mode of that folder and at the room on its disk.',
    },
  );
}

export function owned(guest: string, owner: Owner): JournalError {
  const who =
    owner.pid === undefined
      ? 'somebody who cannot be made out'
      : `process ${owner.pid}${owner.liveness === 'elsewhere' ? ' of another machine or container' : ''}`;
  const isOurs = owner.liveness === 'alive' && owner.pid === process.pid;
  const others =
    owner.liveness === 'alive'
      ? 'Wait until it has ended, or go on there. If it hangs, end that process and run "viaduct recover".'
      : `If it does not exist any more, remove ${owner.path} and run "viaduct recover".`;
  const remedy = isOurs ? 'Wait until it has ended: this Viaduct is at it itself.' : others;
  return new JournalError('journal-owned', `The migration of ${guest} belongs to ${who}.`, { remedy });
}

export function unfinished(guest: string): JournalError {
  return new JournalError(
    'journal-unfinished',
    `An earlier migration of ${guest} has not been settled: it is not known where the guest runs.`,
    { remedy: 'Run "viaduct recover" first.' },
  );
}
