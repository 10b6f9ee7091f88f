import type { JournalEntry, WrittenEvent } from '../../../../electron/engine/journal/journal-entry.ts';
import { makeHeader } from '../../../../electron/engine/journal/journal-header.ts';
import { journalLine, noDigest } from '../../../../electron/engine/journal/journal-lines.ts';
import { replayNext, replayStart, type Replayed } from '../../../../electron/engine/journal/replay.ts';
import type { MigrationPlan } from '../../../../electron/engine/plan.ts';
import { walk, type Script } from '../any-run.ts';
import { planFor } from '../migration-plan.ts';

export const runId = 'c0ffee00-0000-4000-8000-0000000000aa';

export const headerFor = (plan: MigrationPlan = planFor(), id = runId) =>
  makeHeader({ id, at: new Date('2026-01-02T03:04:05Z'), plan, findings: [], identities: [] });

/** The journal of a run that a script makes, taken up anew wherever it was killed. */
export function entriesOf(script: Script, plan: MigrationPlan): JournalEntry[] {
  const opened: JournalEntry = {
    type: 'opened',
    changeProtection: true,
    undefineSource: true,
    guestWasPaused: false,
    definedBefore: false,
  };
  const start = replayNext(replayStart({ plan }), opened).state;
  const entries: JournalEntry[] = [opened];
  walk(start, script, (_before, event) => {
    if (event.type === 'unwritten') throw new Error('No script has it.');
    if (event.type === 'interrupted') entries.push({ type: 'taken-up', fault: event.fault });
    else entries.push({ type: 'event', event: event satisfies WrittenEvent });
  });
  return entries;
}

/** The file, and what it amounts to after each of its lines. */
export function written(
  entries: readonly JournalEntry[],
  plan: MigrationPlan,
): { bytes: Buffer; after: Replayed[] } {
  const header = headerFor(plan);
  let { line, digest } = journalLine(noDigest, header);
  let text = line;
  const after = [replayStart(header)];
  entries.forEach((entry, index) => {
    ({ line, digest } = journalLine(digest, { n: index + 1, at: '2026-01-02T03:04:06Z', entry }));
    text += line;
    const before = after.at(-1);
    if (before !== undefined) after.push(replayNext(before, entry));
  });
  return { bytes: Buffer.from(text), after };
}
