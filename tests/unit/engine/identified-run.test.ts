import { describe, expect, test } from 'vitest';
import { ViaductError } from '../../../electron/common/errors.ts';
import type { IdentityMaker } from '../../../electron/common/host/one-time-identity.ts';
import { RootShell } from '../../../electron/common/host/root-shell.ts';
import { noSudoPrompts } from '../../../electron/common/host/sudo-prompts.ts';
import { systemClock } from '../../../electron/engine/clock.ts';
import { noJournal } from '../../../electron/engine/journal/run-journal.ts';
import type { MigrationResult } from '../../../electron/engine/outcome.ts';
import { IdentifiedRun } from '../../../electron/engine/run/identified-run.ts';
import { tuningIn } from '../../../electron/engine/run/tuning.ts';
import { initialState } from '../../../electron/engine/state/migration-state.ts';
import type { ExecResult, HostAccess, HostShell } from '../../../electron/hosts/host-access.ts';
import { planFor } from './migration-plan.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const done = (stdout: string): ExecResult => ({ code: 0, stdout: bytes(stdout), stderr: '' });

/** Root on a host where the trial of a login ends as given. */
function shellWith(trial: ExecResult): HostShell {
  return {
    exec: (argv: readonly string[]) =>
      Promise.resolve(argv.join(' ').includes('s_client') ? trial : done(argv.includes('-u') ? '0' : 'root')),
  };
}

/** The byte that lets a client in, and the reply that no more is wanted. */
const letIn = String.fromCharCode(
  ...[1, 0, 0, 0, 36, 32, 0, 128, 134, 0, 0, 0, 1, 0, 0, 0, 66, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
  ...[0, 0, 0, 1, 0, 0, 0, 0],
);
const latin = (text: string): ExecResult => ({ code: 0, stdout: Buffer.from(text, 'latin1'), stderr: '' });
const closed: ExecResult = { code: 1, stdout: bytes(''), stderr: 'depth=0\nverify return:1\n' };

const host = (name: string): HostAccess => ({
  name,
  connectUri: `qemu+ssh://root@${name}/system`,
  control: () => Promise.reject(new Error('not asked in this test')),
  connect: () => Promise.reject(new Error('not asked in this test')),
  shell: () => Promise.resolve(undefined),
});

const state = { control: 'p2p', changeProtection: false, undefineSource: false } as const;

interface Told {
  calls: string[];
  run: IdentifiedRun;
}

function start(trial: ExecResult, change: Partial<IdentityMaker> = {}): Told {
  const calls: string[] = [];
  const plan = {
    ...planFor({ control: 'p2p', oneTimeIdentity: 'CA' }),
    dconnuri: 'qemu+tls://beta.lab/system?pkipath=/run/viaduct-once-00',
  };
  const identity: IdentityMaker = {
    planned: {
      authority: 'CA',
      issuerFingerprint: '00',
      subject: 'CN=viaduct-once.alpha.lab',
      trusted: '',
      folder: '/run/viaduct-once-00',
      lifeMinutes: 15,
    },
    place: () => {
      calls.push('place');
      return RootShell.open(shellWith(trial), 'alpha.lab', noSudoPrompts);
    },
    remove: () => {
      calls.push('remove');
      return Promise.resolve();
    },
    ...change,
  };
  const migrated = { outcome: 'migrated', runningOn: 'destination' } as MigrationResult;
  const run = new IdentifiedRun(
    {
      plan,
      source: host('alpha.lab'),
      destination: host('beta.lab'),
      identity,
      journal: noJournal,
      clock: systemClock,
    },
    () => {
      calls.push('begin');
      return {
        cancel: () => ({ accepted: false, sentence: 'too late' }),
        cancellation: () => ({ possible: false, requested: false, sentence: 'too late' }),
        tune: () => Promise.resolve({ accepted: true, sentence: 'done' }),
        switchToPostCopy: () => Promise.resolve({ accepted: true, sentence: 'done' }),
        tuning: () => tuningIn(initialState(state), plan),
        result: Promise.resolve(migrated),
      };
    },
  );
  return { calls, run };
}

describe('a migration with an identity of its own', () => {
  test('begins once the login works, and removes the identity at the end', async () => {
    const { calls, run } = start(latin(letIn));
    expect(run.cancellation().possible).toBe(true);
    expect(run.tuning().bandwidth.possible).toBe(false);
    expect(await run.tune({ bandwidthMiBps: 1 })).toMatchObject({ accepted: false });
    expect(await run.switchToPostCopy()).toMatchObject({ accepted: false });
    expect(await run.run()).toEqual({ outcome: 'migrated', runningOn: 'destination' });
    expect(calls).toEqual(['place', 'begin', 'remove']);
    expect(run.cancel()).toEqual({ accepted: false, sentence: 'too late' });
  });

  test('is refused and never begins where the login fails', async () => {
    const { calls, run } = start(closed);
    expect(await run.run()).toMatchObject({
      outcome: 'refused',
      runningOn: 'source',
      control: 'p2p',
      error: { code: 'control.login.identity', side: 'source', phase: 'preflight' },
    });
    expect(calls).toEqual(['place', 'remove']);
    expect(run.cancellation().possible).toBe(false);
  });

  test('is refused where the identity cannot be put there, and what was begun is removed', async () => {
    const calls: string[] = [];
    const place = () =>
      Promise.reject(new ViaductError('host-rights', 'No sudo.', { remedy: 'Install it.' }));
    const { run } = start(closed, { place, remove: () => Promise.resolve(void calls.push('remove')) });
    expect(await run.run()).toMatchObject({
      outcome: 'refused',
      error: { code: 'host-rights', phase: 'preflight', remedy: 'Install it.' },
    });
    expect(calls).toEqual(['remove']);
  });

  test('is cancelled before it begins, whatever the trial says', async () => {
    for (const trial of [latin(letIn), closed]) {
      const { calls, run } = start(trial);
      const end = run.run();
      expect(run.cancel().accepted).toBe(true);
      expect(await end).toMatchObject({ outcome: 'cancelled', runningOn: 'source' });
      expect(calls).toEqual(['place', 'remove']);
    }
  });

  test('tells what it could not take away, and does not change the outcome for it', async () => {
    const left = new ViaductError('deploy-identity-left', 'It is still there.', { remedy: 'rm -r it' });
    const { run } = start(latin(letIn), { remove: () => Promise.reject(left) });
    expect(await run.run()).toMatchObject({
      outcome: 'migrated',
      leftBehind: { side: 'source', message: 'It is still there.', remedy: 'rm -r it' },
    });
  });
});
