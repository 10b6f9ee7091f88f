import { describe, expect, test } from 'vitest';
import type { JournalEntry } from '../../../electron/engine/journal/journal-entry.ts';
import { unwritable } from '../../../electron/engine/journal/journal-error.ts';
import { replayNext, replayStart, type Replayed } from '../../../electron/engine/journal/replay.ts';
import type { RunJournal } from '../../../electron/engine/journal/run-journal.ts';
import type { MigrationPlan } from '../../../electron/engine/plan.ts';
import type { Call } from '../../../electron/engine/state/migration-event.ts';
import type { FaultKind, SimulatedCall } from '../../fakes/simulated-fault.ts';
import type { TwoHosts } from '../../fakes/two-hosts.ts';
import { expectTruth } from './fault-oracle.ts';
import { planFor } from './migration-plan.ts';
import { simulate, type Scenario, type Simulation } from './run-simulation.ts';

/** A journal in memory, that fails where it is told to write this call down, and from then on. */
class RecordedJournal implements RunJournal {
  readonly entries: JournalEntry[] = [];
  /** What the hosts had been asked when an intent was on disk. */
  readonly askedBefore = new Map<Call, readonly string[]>();
  hosts: TwoHosts | undefined;
  readonly #failAt: Call | undefined;
  #isBroken = false;
  #intent: Call | undefined;

  constructor(failAt?: Call) {
    this.#failAt = failAt;
  }

  note(entry: JournalEntry): void {
    if (entry.type === 'event' && entry.event.type === 'calling') this.#intent = entry.event.call;
    this.#isBroken ||= this.#failAt !== undefined && this.#intent === this.#failAt;
    if (!this.#isBroken) this.entries.push(structuredClone(entry));
  }

  async flush(): Promise<void> {
    if (this.#isBroken) throw unwritable('/j', new Error('no space left on device'));
    if (this.#intent !== undefined) this.askedBefore.set(this.#intent, [...(this.hosts?.calls ?? [])]);
    return Promise.resolve();
  }

  replay(plan: MigrationPlan): Replayed {
    return this.entries.reduce(replayNext, replayStart({ plan }));
  }
}

async function journaled(journal: RecordedJournal, scenario: Scenario = {}): Promise<Simulation> {
  return simulate({ ...scenario, journal, arrange: (hosts) => (journal.hosts = hosts) });
}

const managed = ['begin', 'prepare', 'perform', 'finish', 'confirm'] as const;

describe('a run writes itself down', () => {
  test('each intent is on disk before its call is made', async () => {
    const journal = new RecordedJournal();
    const { hosts } = await journaled(journal);
    expect(hosts.calls).toEqual([...managed]);
    expect([...journal.askedBefore.keys()]).toEqual([...managed]);
    for (const [call, asked] of journal.askedBefore) expect(asked).not.toContain(call);
  });

  test('peer-to-peer as well', async () => {
    const journal = new RecordedJournal();
    await journaled(journal, { plan: planFor({ control: 'p2p' }) });
    expect([...journal.askedBefore]).toEqual([
      ['move', []],
      ['resume-destination', ['move']],
    ]);
  });

  test.each<SimulatedCall>([...managed, 'finish-cancelled', 'confirm-cancelled'])(
    'so that its journal gives its end, whatever goes wrong at %s',
    async (at) => {
      const kinds: FaultKind[] = ['error', 'lost before', 'reply lost', 'both lost', 'hangs done'];
      for (const kind of kinds) {
        for (const cancelAt of [undefined, { phase: 'perform', state: 'begin' } as const]) {
          const journal = new RecordedJournal();
          const { result, hosts } = await journaled(journal, {
            fault: { at, kind },
            ...(cancelAt && { cancelAt }),
          });
          const { state, destinationHasRun } = journal.replay(planFor());
          expect(state.kind, `${at} ${kind}`).toBe(result.outcome);
          if (hosts.runningOn.includes('destination')) expect(destinationHasRun, `${at} ${kind}`).toBe(true);
        }
      }
    },
  );

  test('a look that shows nothing new is not repeated in it', async () => {
    const journal = new RecordedJournal();
    await journaled(journal, { fault: { at: 'finish', kind: 'lost during', darkMs: Infinity } });
    const looks = journal.entries.filter(
      (entry) => entry.type === 'event' && entry.event.type === 'observed',
    );
    expect(looks.length).toBeLessThan(4);
  });
});

describe('a journal that cannot be written any more', () => {
  test.each(managed)(
    'at %s leaves the guest where it is or brings it home, and never runs it twice',
    async (call) => {
      for (const persistent of [true, false]) {
        const journal = new RecordedJournal(call);
        const simulation = await journaled(journal, { persistent });
        expectTruth(simulation);
        const { result, hosts } = simulation;
        if (call === 'confirm') {
          expect(result.outcome).toBe('migrated');
          continue;
        }
        expect(hosts.calls).not.toContain(call);
        expect(result).toMatchObject({
          outcome: 'failed',
          runningOn: 'source',
          error: { code: 'journal-unwritable', side: 'client' },
        });
        expect(hosts.copies.destination?.state ?? 5).toBe(5);
      }
    },
  );

  test('peer-to-peer: the source is not told to move it', async () => {
    const { result, hosts } = await journaled(new RecordedJournal('move'), {
      plan: planFor({ control: 'p2p' }),
    });
    expect(hosts.calls).toEqual([]);
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'journal-unwritable' } });
  });

  test.each(['finish-cancelled', 'confirm-cancelled'] as const)(
    'at %s: what undoes the run is done',
    async (call) => {
      const simulation = await journaled(new RecordedJournal(call), {
        cancelAt: { phase: 'prepare', state: 'begin' },
      });
      expectTruth(simulation);
      expect(simulation.hosts.calls).toContain(call);
      expect(simulation.result.outcome).toBe('cancelled');
    },
  );

  test('the switch to post-copy is then not ordered, and the copy goes on', async () => {
    const journal = new RecordedJournal();
    const flush = journal.flush.bind(journal);
    const simulation = await simulate({
      journal: {
        note: (entry) => journal.note(entry),
        flush: () =>
          journal.entries.some((entry) => entry.type === 'event' && entry.event.type === 'switching')
            ? Promise.reject(unwritable('/j', new Error('no space left on device')))
            : flush(),
      },
      plan: planFor({ control: 'p2p', postCopy: true, timeoutS: 2, onTimeout: 'post-copy' }),
    });
    expectTruth(simulation);
    expect(simulation.hosts.calls).not.toContain('post-copy');
    expect(simulation.result).toMatchObject({ outcome: 'migrated' });
  });
});
