import { describe, expect, it } from 'vitest';
import { BadInputError, ViaductError } from '../../../electron/common/errors.ts';
import type { MigrationResult } from '../../../electron/engine/outcome.ts';
import { defaultPlanOptions } from '../../../electron/engine/plan.ts';
import { refusedBy, refusedByError } from '../../../electron/cli/commands/refusal.ts';
import { exitCodeOfError, exitCodeOfResult } from '../../../electron/cli/exit-codes.ts';
import { errorText } from '../../../electron/cli/output/error-text.ts';
import { printable } from '../../../electron/cli/output/printable.ts';
import { resultText } from '../../../electron/cli/output/result-text.ts';

const intended = {
  guest: 'web01',
  source: { name: 'alpha' },
  destination: { name: 'beta' },
  options: defaultPlanOptions,
};

function result(
  outcome: MigrationResult['outcome'],
  runningOn: MigrationResult['runningOn'],
): MigrationResult {
  return {
    outcome,
    runningOn,
    guest: 'web01',
    uuid: 'u',
    source: 'alpha',
    destination: 'beta',
    mode: 'native-tls',
    control: 'managed',
    totalMs: 4200,
    downtimeMs: outcome === 'migrated' ? 150 : null,
  };
}

describe('the exit code', () => {
  it.each([
    ['migrated', 'destination', 0],
    ['refused', 'source', 3],
    ['failed', 'source', 4],
    ['failed', 'unknown', 6],
    ['cancelled', 'source', 5],
    ['stuck', 'unknown', 6],
  ] as const)('%s, running on %s: %d', (outcome, runningOn, code) => {
    expect(exitCodeOfResult(result(outcome, runningOn))).toBe(code);
  });

  it('is 2 for what the admin named, 1 for a fault of ours', () => {
    expect(exitCodeOfError(new BadInputError('bad-uri', 'No URI.'))).toBe(2);
    expect(exitCodeOfError(new ViaductError('ssh-unreachable', 'Nothing answers.'))).toBe(2);
    expect(exitCodeOfError(new TypeError('oops'))).toBe(1);
  });
});

describe('the last words', () => {
  it.each([
    ['migrated', 'destination', /web01 runs on beta/],
    ['failed', 'source', /web01 runs on alpha/],
    ['cancelled', 'source', /web01 runs on alpha/],
    ['stuck', 'unknown', /not known where web01 runs/],
    ['refused', 'source', /nothing was touched/],
  ] as const)('of %s say where the guest is', (outcome, runningOn, words) => {
    expect(resultText(result(outcome, runningOn))).toMatch(words);
  });
});

describe('the last words of a failure that is known', () => {
  it('say what it means, where, and what was said', () => {
    const error = {
      code: 'migration.network.data-port',
      side: 'source' as const,
      phase: 'perform' as const,
      message: 'No route to host',
      remedy: 'Open the port.',
      cause: 'A data port is closed.',
      hop: 'source to destination, disks' as const,
    };
    expect(resultText({ ...result('failed', 'source'), error })).toMatch(
      /\nA data port is closed\. \(source to destination, disks\)\nNo route to host\nOpen the port\.$/,
    );
  });
});

describe('the last words on a guest that is shut off', () => {
  it.each([
    ['migrated', 'destination', 'web01 is on beta, shut off.'],
    ['failed', 'source', 'web01 is on alpha, shut off.'],
    ['stuck', 'unknown', 'It is not known which host has web01.'],
  ] as const)('of %s say which host has it, not that it runs', (outcome, runningOn, words) => {
    const text = resultText({ ...result(outcome, runningOn), offline: true, downtimeMs: null });
    expect(text).toContain(words);
    expect(text).not.toContain('runs');
  });
});

describe('a refusal', () => {
  const error = { id: 'tls.destination.name', side: 'destination', level: 'error' } as const;

  it('names the first error, its side and its remedy, and how many more', () => {
    const findings = [
      { id: 'clock', side: 'between', level: 'ok', summary: 'fine' } as const,
      { ...error, summary: 'The name is wrong.', remedy: 'Issue another.' },
      { ...error, summary: 'The dates are wrong.', remedy: 'Renew.' },
    ];
    expect(
      refusedBy(
        { findings, plan: undefined, canMigrate: false, failure: undefined, streams: [], identities: [] },
        intended,
        12.6,
      ),
    ).toMatchObject({
      outcome: 'refused',
      runningOn: 'unknown',
      totalMs: 13,
      error: {
        code: 'tls.destination.name',
        side: 'destination',
        phase: 'preflight',
        message: 'The name is wrong. And 1 more.',
        remedy: 'Issue another.',
      },
    });
  });

  it('by an error has its code and remedy', () => {
    const thrown = new BadInputError('guest-not-found', 'No such guest.', {
      side: 'source',
      remedy: 'Look.',
    });
    expect(refusedByError(thrown, intended)).toMatchObject({
      outcome: 'refused',
      error: { code: 'guest-not-found', side: 'source', message: 'No such guest.', remedy: 'Look.' },
    });
  });
});

it('what a host writes cannot move the cursor or hide text', () => {
  expect(printable('a\u001b[2Jb\rc\u202ed')).toBe('a\ufffd[2Jb\ufffdc\ufffdd');
  expect(errorText(new ViaductError('x', 'bad\u001b]0;title\u0007'))).not.toContain('\u001b');
});
