import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explain } from '../../../../electron/engine/explain.ts';
import type { JournalEntry } from '../../../../electron/engine/journal/journal-entry.ts';
import { JournalError } from '../../../../electron/engine/journal/journal-error.ts';
import { journalLine, noDigest } from '../../../../electron/engine/journal/journal-lines.ts';
import { readJournal } from '../../../../electron/engine/journal/read-journal.ts';
import { DaemonError } from '../../../../electron/engine/run/migration-link.ts';
import { anyScript } from '../any-run.ts';
import { planFor } from '../migration-plan.ts';
import { fault } from '../state-events.ts';
import { entriesOf, headerFor, written } from './any-journal.ts';

const anyPlan = fc.constantFrom(planFor(), planFor({ control: 'p2p', mode: 'tunnelled' }));
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** What was read, or the code of why it was not. */
function read(bytes: Buffer): ReturnType<typeof readJournal> | string {
  try {
    return readJournal('/j', bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(JournalError);
    const { code, remedy, side } = error as JournalError;
    expect(remedy).not.toBe('');
    expect(side).toBe('client');
    return code;
  }
}

describe('a journal that is read', () => {
  test('gives the state of the live run, after each of its entries', () => {
    fc.assert(
      fc.property(anyScript, anyPlan, (script, plan) => {
        const { bytes, after } = written(entriesOf(script, plan), plan);
        let end = -1;
        for (const replayed of after) {
          end = bytes.indexOf(0x0a, end + 1);
          const so = readJournal('/j', bytes.subarray(0, end + 1));
          expect(plain(so.replayed)).toEqual(plain(replayed));
        }
      }),
      { numRuns: 100 },
    );
  });

  test('understands a failure that is known, with what it means and where', () => {
    const words = 'operation failed: unable to connect: No route to host';
    const known = explain(new DaemonError(9, 10, words), 'source', 'perform');
    expect(known).toMatchObject({ code: 'migration.network.unreachable', hop: expect.any(String) as string });
    const { bytes, after } = written([{ type: 'taken-up', fault: known }], planFor());
    expect(plain((read(bytes) as ReturnType<typeof readJournal>).replayed)).toEqual(plain(after.at(-1)));
  });

  test('cut off anywhere is what was whole of it, or is told', () => {
    fc.assert(
      fc.property(anyScript, anyPlan, fc.nat(), (script, plan, at) => {
        const { bytes, after } = written(entriesOf(script, plan), plan);
        const cut = bytes.subarray(0, at % bytes.length);
        const whole = cut.filter((byte) => byte === 0x0a).length;
        const so = read(cut);
        if (whole === 0) expect(so).toBe('journal-damaged');
        else expect(plain((so as ReturnType<typeof readJournal>).replayed)).toEqual(plain(after[whole - 1]));
      }),
      { numRuns: 300 },
    );
  });

  test('with any bit of it changed is told', () => {
    fc.assert(
      fc.property(anyScript, anyPlan, fc.nat(), fc.nat(7), (script, plan, at, bit) => {
        const { bytes } = written(entriesOf(script, plan), plan);
        const place = at % bytes.length;
        bytes.writeUInt8(bytes.readUInt8(place) ^ (1 << bit), place);
        expect(['journal-damaged', 'journal-newer']).toContain(read(bytes));
      }),
      { numRuns: 1_000 },
    );
  });

  test('with the end of its last line changed is told, and not taken for a torn one', () => {
    const { bytes } = written([{ type: 'ran' }], planFor());
    for (let bit = 0; bit < 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(0x0a ^ (1 << bit), changed.length - 1);
      expect(read(changed)).toBe('journal-damaged');
    }
  });

  test('with a line taken out, twice or in another place is told', () => {
    const { bytes } = written([{ type: 'ran' }, { type: 'identity-gone' }, { type: 'ran' }], planFor());
    const [head = '', a = '', b = '', c = ''] = bytes.toString().split('\n');
    for (const lines of [
      [head, b, c],
      [head, a, c],
      [head, a, a, b, c],
      [head, b, a, c],
      [a, b, c],
    ])
      expect(read(Buffer.from(`${lines.join('\n')}\n`)), String(lines.length)).toBe('journal-damaged');
  });

  /** A journal with these values as its lines, each with the digest that belongs to it. */
  const signed = (...values: unknown[]): Buffer => {
    let [digest, text] = [noDigest, ''];
    for (const value of values) {
      const next = journalLine(digest, value);
      digest = next.digest;
      text += next.line;
    }
    return Buffer.from(text);
  };
  const entry = (n: number, what: unknown) => ({ n, at: '2026-01-02T03:04:06Z', entry: what });
  const calling: JournalEntry = { type: 'event', event: { type: 'calling', call: 'finish' } };

  test.each<[string, Buffer, string, RegExp]>([
    ['nothing in it', Buffer.alloc(0), 'journal-damaged', /Line 1 .* is not the head/],
    ['an empty line', Buffer.from('\n'), 'journal-damaged', /Line 1 .* is damaged/],
    [
      'a gap in its numbers',
      signed(headerFor(), entry(2, { type: 'ran' })),
      'journal-damaged',
      /Line 2 .* the number 2 in the place of 1/,
    ],
    [
      'an impossible event',
      signed(headerFor(), entry(1, calling)),
      'journal-damaged',
      /Line 2 .* cannot have happened .*planned.*calling finish/,
    ],
    [
      'an entry that there is not',
      signed(headerFor(), entry(1, { type: 'evil' })),
      'journal-damaged',
      /Line 2 .* is not understood/,
    ],
    [
      'an entry after its end',
      signed(headerFor(), entry(1, { type: 'ended' }), entry(2, { type: 'ran' })),
      'journal-damaged',
      /Line 3 .* cannot have happened/,
    ],
    [
      'a folder elsewhere as its identity',
      signed(headerFor(), entry(1, { type: 'identity', folder: '/etc' })),
      'journal-damaged',
      /Line 2 .* is not understood/,
    ],
    [
      'another format',
      signed({ ...headerFor(), format: 'x' }),
      'journal-damaged',
      /Line 1 .* is not the head/,
    ],
    ['a newer format', signed({ ...headerFor(), version: 2 }), 'journal-newer', /newer Viaduct \(format 2\)/],
    [
      'a newer format that is written otherwise',
      Buffer.from(
        `0123456789abcdef ${JSON.stringify({ format: 'viaduct-migration-journal', version: 9 })}\nmore`,
      ),
      'journal-newer',
      /format 9/,
    ],
  ])('with %s is told', (_what, bytes, code, message) => {
    expect(read(bytes)).toBe(code);
    expect(() => readJournal('/j', bytes)).toThrow(message);
  });

  test('knows what the run made, and what of it is gone', () => {
    const volume = { kind: 'volume', name: 'a', path: '/v/a', in: { directory: '/v' } } as const;
    const pool = {
      kind: 'pool',
      state: 'intended',
      name: 'viaduct-1',
      path: '/v',
      uuid: headerFor().id,
    } as const;
    const { bytes } = written(
      [
        { type: 'storage', item: pool },
        { type: 'storage', item: { ...volume, state: 'intended' } },
        { type: 'storage', item: { ...volume, state: 'made' } },
        { type: 'storage-gone', kind: 'pool', name: 'viaduct-1', path: '/v' },
        { type: 'identity', folder: `/run/viaduct-once-${'a'.repeat(24)}` },
        { type: 'ran' },
        { type: 'receipt', id: headerFor().id },
      ],
      planFor(),
    );
    expect(readJournal('/j', bytes).replayed).toMatchObject({
      storage: [{ ...volume, state: 'made' }],
      identityFolder: `/run/viaduct-once-${'a'.repeat(24)}`,
      destinationHasRun: true,
      receiptIds: [headerFor().id],
      hasEnded: false,
    });
  });

  test('goes on from a run that was left to a person, and leaves a success alone', () => {
    const call = (name: 'begin'): JournalEntry => ({
      type: 'event',
      event: { type: 'calling', call: name },
    });
    const opened: JournalEntry = {
      type: 'opened',
      changeProtection: true,
      undefineSource: true,
      guestWasPaused: false,
      definedBefore: false,
    };
    const sight: JournalEntry = {
      type: 'event',
      event: {
        type: 'observed',
        truth: { source: { kind: 'absent' }, destination: { kind: 'absent' }, destinationHasRun: false },
      },
    };
    const { after } = written(
      [opened, call('begin'), { type: 'taken-up', fault }, sight, { type: 'taken-up', fault }],
      planFor(),
    );
    expect(after.at(-2)?.state).toMatchObject({ kind: 'stuck', situation: 'runs on neither' });
    expect(after.at(-1)?.state).toMatchObject({ kind: 'looking', sourceLost: true, destinationLost: true });
    const moved = written(
      [
        { type: 'event', event: { type: 'cancel' } },
        { type: 'taken-up', fault },
      ],
      planFor(),
    );
    expect(moved.after.at(-1)?.state).toMatchObject({ kind: 'cancelled' });
  });
});

describe('the head of a journal', () => {
  test('holds no secret of a URI, and names as they are', () => {
    const base = planFor();
    const plan = {
      ...base,
      guest: { ...base.guest, name: 'web\u202e01' },
      source: {
        name: 'alpha.lab',
        connectUri: 'qemu+ssh://root@alpha.lab/system?token=s3cr3t-word&keyfile=/k',
      },
      streams: [
        {
          name: 'control to source' as const,
          path: 'over qemu+ssh://root@alpha.lab/system?token=s3cr3t-word',
          encrypted: true,
          authenticated: true,
          by: 'SSH',
          evidence: 's3cr3t-word',
        },
      ],
    };
    const header = headerFor(plan);
    expect(JSON.stringify(header)).not.toContain('s3cr3t-word');
    expect(header.plan.source.connectUri).toContain('keyfile=/k');
    expect(header.plan.guest.name).toBe('web\u202e01');
    expect(readJournal('/j', written([], plan).bytes).header).toEqual(plain(header));
  });
});
