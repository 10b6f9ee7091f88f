import { describe, expect, test } from 'vitest';
import { migrateFlags } from '../../../electron/libvirt/index.ts';
import { expectTruth } from './fault-oracle.ts';
import { planFor } from './migration-plan.ts';
import { simulate } from './run-simulation.ts';

describe('a managed migration', () => {
  test('moves a guest, says where it runs and how long it paused, and leaves nothing on the source', async () => {
    const { result, hosts, phases } = await simulate();
    expect(result).toEqual({
      outcome: 'migrated',
      guest: 'web01',
      uuid: 'c0ffee00-0000-4000-8000-000000000001',
      source: 'alpha.lab',
      destination: 'beta.lab',
      mode: 'native-tls',
      control: 'managed',
      runningOn: 'destination',
      totalMs: 13_700,
      downtimeMs: 42,
    });
    expect(hosts.runningOn).toEqual(['destination']);
    expect(hosts.copies.source).toBeUndefined();
    expect(phases).toEqual(
      ['begin', 'prepare', 'perform', 'finish', 'confirm'].flatMap((phase) => [
        `${phase} begin`,
        `${phase} end`,
      ]),
    );
  });

  test('ends its progress at 100 per cent, and never lets it fall', async () => {
    const { progress } = await simulate();
    const percents = progress.map(({ percent }) => percent);
    expect(percents.at(-1)).toBe(100);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
  });

  test('keeps the source definition where that was asked for', async () => {
    const { result, hosts } = await simulate({ plan: planFor({ keepSourceDefinition: true }) });
    expect(result.outcome).toBe('migrated');
    expect(hosts.copies.source).toMatchObject({ state: 5, persistent: true });
    expect(hosts.copies.destination).toMatchObject({ persistent: true });
  });

  test('leaves a paused guest paused on the destination', async () => {
    const { result, hosts } = await simulate({ paused: true });
    expect(result.outcome).toBe('migrated');
    expect(hosts.copies.destination).toMatchObject({ state: 3, reason: 1 });
  });

  test('asks the destination for the downtime when the source never told it', async () => {
    const { result } = await simulate({ fault: { at: 'confirm', kind: 'lost before' } });
    expect(result).toMatchObject({ outcome: 'migrated', downtimeMs: 43 });
  });

  test('sends both daemons the same flags and parameters, less what concerns the source alone', async () => {
    const plan = planFor(
      { autoConverge: true, bandwidthMiBps: 100, disks: 'copy', tlsDestination: 'beta' },
      { disks: ['vda', 'vdb'] },
    );
    const { hosts } = await simulate({ plan });
    const flagsOf = (call: string) => hosts.sent.find((sent) => sent.call === call)?.flags ?? 0;
    const all =
      migrateFlags.live |
      migrateFlags.tls |
      migrateFlags.persistDest |
      migrateFlags.undefineSource |
      migrateFlags.nonSharedDisk;
    for (const call of ['begin', 'perform', 'confirm']) {
      expect(flagsOf(call)).toBe(all | migrateFlags.autoConverge | migrateFlags.changeProtection);
    }
    for (const call of ['prepare', 'finish']) expect(flagsOf(call)).toBe(all);
    const fieldsOf = (call: string) =>
      hosts.sent
        .find((sent) => sent.call === call)
        ?.params.map(({ field, value }) => `${field}=${value}`)
        .sort();
    const common = ['bandwidth=100', 'migrate_disks=vda', 'migrate_disks=vdb', 'tls.destination=beta'];
    expect(fieldsOf('begin')).toEqual([...common, 'migrate_uri=tcp://beta.lab'].sort());
    expect(fieldsOf('prepare')).toEqual(
      [...common, 'migrate_uri=tcp://beta.lab', 'destination_xml=<domain/>'].sort(),
    );
    const addressed = [...common, 'migrate_uri=tcp://beta.lab:49152', 'destination_xml=<domain/>'];
    expect(fieldsOf('perform')).toEqual([...addressed].sort());
    expect(fieldsOf('finish')).toEqual([...addressed, 'destination_name=web01'].sort());
  });

  test.each([
    ['another host', 'tcp:evil.example:49152', /evil\.example/],
    ['another scheme', 'rdma://beta.lab:49152', /not a tcp address/],
    ['a port of a system service', 'tcp:beta.lab:22', /port 22/],
    ['no port', 'tcp:beta.lab', /no port/],
    ['nothing at all', undefined, /no port/],
  ])('sends the guest nowhere when the destination answers with %s', async (_what, uriOut, message) => {
    const simulation = await simulate({
      arrange: (hosts) => {
        hosts.uriOut = uriOut;
      },
    });
    expect(simulation.result).toMatchObject({
      outcome: 'failed',
      runningOn: 'source',
      error: { code: 'engine.migrate-uri', side: 'destination', phase: 'prepare' },
    });
    expect(simulation.result.error?.message).toMatch(message);
    expect(simulation.hosts.calls).toEqual(['begin', 'prepare', 'finish-cancelled', 'confirm-cancelled']);
    expect(simulation.hosts.copies.destination).toBeUndefined();
    expectTruth(simulation);
  });

  test('refuses to start while the destination has an active guest of that uuid, and leaves that alone', async () => {
    const { result, hosts } = await simulate({
      arrange: ({ copies }) => {
        copies.destination = { state: 3, reason: 2, memory: 'none', boundTo: undefined, persistent: false };
      },
    });
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'engine.guest-on-destination' } });
    expect(hosts.calls).toEqual([]);
    expect(hosts.copies.destination).toBeDefined();
  });

  test('fails without touching anything when a host cannot be reached', async () => {
    const { result, hosts, phases } = await simulate({
      arrange: (hosts) => hosts.darken('destination', Infinity),
    });
    expect(result).toMatchObject({ outcome: 'failed', runningOn: 'source', error: { side: 'destination' } });
    expect(hosts.calls).toEqual([]);
    expect(phases).toEqual([]);
  });
});

describe('a lost finish', () => {
  test('is found out by asking: the guest runs on the destination, so the source copy is confirmed away', async () => {
    const { result, hosts } = await simulate({ fault: { at: 'finish', kind: 'reply lost' } });
    expect(result.outcome).toBe('migrated');
    expect(hosts.calls.slice(-2)).toEqual(['finish', 'confirm']);
  });

  test('leaves the source paused while the destination cannot be asked', async () => {
    const { result, hosts } = await simulate({
      fault: { at: 'finish', kind: 'reply lost', darkMs: Infinity },
    });
    expect(result).toMatchObject({
      outcome: 'stuck',
      runningOn: 'unknown',
      error: { code: 'engine.stuck.outcome-unknown', phase: 'finish' },
    });
    expect(result.error?.message).toMatch(
      /alpha\.lab: paused \(for migration\).*beta\.lab: could not be asked/,
    );
    expect(hosts.copies.source).toMatchObject({ state: 3, reason: 2 });
    expect(hosts.calls.at(-1)).toBe('finish');
  });

  test('does not resume the source of a guest that ran on the destination and has ended there', async () => {
    const simulation = await simulate({
      fault: { at: 'finish', kind: 'reply lost', darkMs: 5_000 },
      onPhase: ({ phase, state }, hosts) => {
        if (phase === 'finish' && state === 'end') hosts.copies.destination = undefined;
      },
    });
    expect(simulation.result).toMatchObject({
      outcome: 'stuck',
      error: { code: 'engine.stuck.runs-on-neither' },
    });
    expect(simulation.hosts.violations).toEqual([]);
    expect(simulation.hosts.copies.source).toMatchObject({ state: 3, reason: 2 });
  });
});

describe('a source that is lost after finish', () => {
  test('has its paused copy destroyed and its definition removed once it answers', async () => {
    const simulation = await simulate({ fault: { at: 'confirm', kind: 'lost before', darkMs: 5_000 } });
    expect(simulation.result.outcome).toBe('migrated');
    expect(simulation.hosts.calls.slice(-2)).toEqual(['destroy source', 'undefine source']);
    expectTruth(simulation);
  });

  test('is named as holding a paused copy while it does not answer', async () => {
    const { result } = await simulate({ fault: { at: 'confirm', kind: 'lost before', darkMs: Infinity } });
    expect(result).toMatchObject({
      outcome: 'stuck',
      runningOn: 'destination',
      error: { code: 'engine.stuck.source-copy-left' },
    });
    expect(result.error?.remedy).toMatch(/Never resume it/);
  });

  test('raises an alarm and touches nothing when both hosts run the guest', async () => {
    const { result, hosts } = await simulate({
      fault: { at: 'confirm', kind: 'lost before', darkMs: 5_000 },
      onPhase: ({ phase, state }, { copies }) => {
        if (phase === 'confirm' && state === 'end')
          Object.assign(copies.source ?? {}, { state: 1, reason: 5 });
      },
    });
    expect(result).toMatchObject({ outcome: 'stuck', error: { code: 'engine.stuck.runs-on-both' } });
    expect(hosts.calls.at(-1)).toBe('confirm');
  });
});

describe('cancelling', () => {
  const points = (['begin', 'prepare', 'perform'] as const).flatMap((phase) => [
    { phase, state: 'begin' as const },
    { phase, state: 'end' as const },
  ]);

  test.each(points)(
    'at $phase $state keeps the guest on the source and the destination clean',
    async (cancelAt) => {
      const simulation = await simulate({ cancelAt });
      expect(simulation.cancelAnswer).toMatchObject({ accepted: true });
      expect(simulation.result).toMatchObject({
        outcome: 'cancelled',
        runningOn: 'source',
        downtimeMs: null,
      });
      expect(simulation.result.error).toBeUndefined();
      expect(simulation.hosts.runningOn).toEqual(['source']);
      expect(simulation.hosts.copies.destination).toBeUndefined();
      expect(simulation.hosts.job).toBeUndefined();
      expectTruth(simulation);
    },
  );

  test.each([
    { phase: 'finish', state: 'begin' },
    { phase: 'finish', state: 'end' },
    { phase: 'confirm', state: 'begin' },
    { phase: 'confirm', state: 'end' },
  ] as const)('at $phase $state is too late, and says so', async (cancelAt) => {
    const { cancelAnswer, result } = await simulate({ cancelAt });
    expect(cancelAnswer?.accepted).toBe(false);
    expect(cancelAnswer?.sentence).toMatch(/Too late/);
    expect(result.outcome).toBe('migrated');
  });

  test('twice is accepted as once', async () => {
    const { result, cancelAnswer } = await simulate({
      cancelAt: { phase: 'perform', state: 'begin' },
      cancelTimes: 2,
    });
    expect(cancelAnswer).toMatchObject({
      accepted: true,
      sentence: expect.stringMatching(/being cancelled/) as string,
    });
    expect(result.outcome).toBe('cancelled');
  });

  test('after the end is refused', async () => {
    const { migration } = await simulate();
    expect(migration.cancel()).toEqual({ accepted: false, sentence: 'It is over.' });
  });

  test('a Perform that does not heed the abort still ends, by dropping the destination', async () => {
    const simulation = await simulate({
      fault: { at: 'perform', kind: 'hangs' },
      cancelAt: { phase: 'perform', state: 'begin' },
    });
    expect(simulation.result).toMatchObject({ outcome: 'cancelled', runningOn: 'source' });
    expectTruth(simulation);
  });
});
