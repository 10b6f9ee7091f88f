import { expect, it } from 'vitest';
import type { DataStream } from '../../../electron/engine/data-stream.ts';
import type { Finding, FindingLevel } from '../../../electron/engine/finding.ts';
import { defaultPlanOptions, type MigrationPlan } from '../../../electron/engine/plan.ts';
import { reviewSentence } from '../../../electron/ipc/migrations/review-sentence.ts';

const plan = { guest: { memoryBytes: 1024 ** 3 }, streams: [] as DataStream[] } as MigrationPlan;
const findings = (...levels: FindingLevel[]): Finding[] =>
  levels.map((level) => ({ id: 'x', side: 'source', level, summary: '' }));
const sentence = (levels: FindingLevel[], options = defaultPlanOptions) =>
  reviewSentence(
    {
      findings: findings(...levels),
      plan,
      canMigrate: true,
      failure: undefined,
      streams: [],
      identities: [],
    },
    options,
  );

it('says what it does while it checks', () => {
  expect(reviewSentence(undefined, defaultPlanOptions)).toContain('nothing is touched');
});

it.each<[FindingLevel[], string]>([
  [['ok'], 'Encrypted with QEMU-native TLS: 1 GiB of memory. Nothing is in the way.'],
  [['ok', 'warning', 'unknown'], 'Encrypted with QEMU-native TLS: 1 GiB of memory. 2 things to look at.'],
  [['error', 'warning'], "Can't move yet: 1 thing to fix."],
  [['error', 'error'], "Can't move yet: 2 things to fix."],
])('%j: %s', (levels, expected) => expect(sentence(levels)).toBe(expected));

it('of a guest that is shut off claims no protection of memory that does not travel', () => {
  expect(sentence(['ok'], { ...defaultPlanOptions, offline: true })).toBe(
    'Only its definition moves; it stays shut off. Nothing is in the way.',
  );
});

it('never calls plaintext encrypted', () => {
  const text = sentence(['ok'], { ...defaultPlanOptions, mode: 'plain', allowPlaintext: true });
  expect(text).toContain('In the clear');
  expect(text).not.toContain('Encrypted');
});

it('calls a tunnel what the connection around it makes of it', () => {
  const options = { ...defaultPlanOptions, mode: 'tunnelled' as const };
  const through = (encrypted: boolean): string => {
    const name = 'memory and device state' as const;
    const memory = { name, path: '', encrypted, authenticated: encrypted, by: '', evidence: '' };
    const review = {
      findings: [],
      plan: { ...plan, streams: [memory] },
      canMigrate: true,
      failure: undefined,
      streams: [],
      identities: [],
    };
    return reviewSentence(review, options);
  };
  expect(through(true)).toContain('Encrypted inside the daemons');
  expect(through(false)).toContain('In the clear');
});
