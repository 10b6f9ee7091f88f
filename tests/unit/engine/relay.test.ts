import type { Finding } from '../../../electron/engine/finding.ts';
import { judgePlan } from '../../../electron/engine/policy.ts';
import { describe, expect, test } from 'vitest';
import { ViaductError } from '../../../electron/common/errors.ts';
import { makePlan } from '../../../electron/engine/make-plan.ts';
import { defaultPlanOptions } from '../../../electron/engine/plan.ts';
import { controlOf, type PreflightFacts } from '../../../electron/engine/preflight/preflight-facts.ts';
import { nextState, shouldAbort } from '../../../electron/engine/state.ts';
import type { Relay } from '../../../electron/hosts/relay/open-relay.ts';
import { planFor } from './migration-plan.ts';
import { simulate, type Scenario } from './run-simulation.ts';
import { calling, fault, ok, replay } from './state-events.ts';

const uri = 'qemu+ssh://root@alpha.lab/system';
const control = controlOf({ connectUri: uri, seen: () => undefined });
const end = { owner: { uid: 7, gid: 8 }, hostKeyVerified: true };

function planOver(relay: PreflightFacts['relay']) {
  const facts: PreflightFacts = {
    guest: {
      ...{ name: 'db01', uuid: 'c0ffee00-0000-4000-8000-000000000002', memoryBytes: 2 ** 30 },
      ...{ state: 'running', persistent: true, disks: ['vda'], copyableDisks: ['vda'] },
      ...{ copies: [], storageProvenShared: false },
    },
    destinationHostName: 'beta',
    dataAddress: undefined,
    dataPorts: undefined,
    peer: undefined,
    relay,
    tls: { destinationVerifiesClient: 'unknown', evidence: '' },
    control: { source: control, destination: control },
  };
  return makePlan({
    source: { name: 'alpha.lab', connectUri: uri },
    destination: { name: 'beta.lab', connectUri: uri },
    options: { ...defaultPlanOptions, mode: 'ssh-relay', disks: 'copy', parallel: 2 },
    facts,
    seen: { identities: [], dataCipher: undefined },
  });
}

describe('the streams of a relay', () => {
  const inside = { from: 'client', port: { kind: 'inside', carrier: 'ssh-session' } };

  test('are encrypted on both legs, and say where they are in the clear', () => {
    const { streams, relay, migrateUri } = planOver({ source: end, destination: end });
    expect([relay, migrateUri]).toEqual([{ source: end.owner, destination: end.owner }, undefined]);
    const data = streams.filter(({ name }) => !name.startsWith('control'));
    expect(data.map(({ name }) => name)).toEqual([
      ...['memory and device state', 'further memory channels', 'disk vda'],
    ]);
    for (const stream of data) {
      expect(stream).toMatchObject({ encrypted: true, authenticated: true });
      expect(stream.path).toMatch(/^alpha.lab to this machine to beta.lab/);
      expect(stream.connections).toEqual([
        { ...inside, to: 'source', address: 'alpha.lab' },
        { ...inside, to: 'destination', address: 'beta.lab' },
      ]);
      expect(stream.by).toMatch(/In the clear inside OpenSSH on this machine, and on sockets of both hosts/);
    }
  });

  test('name the host whose key nobody verifies', () => {
    const { streams } = planOver({ source: end, destination: { ...end, hostKeyVerified: false } });
    const memory = streams.find(({ name }) => name === 'memory and device state');
    expect(memory).toMatchObject({ encrypted: true, authenticated: false });
    expect(memory?.by).toContain('the host key of beta.lab is not verified');
  });

  test('claim nothing where a relay was tried and does not work', () => {
    const { streams, relay } = planOver(undefined);
    expect(relay).toBeUndefined();
    expect(streams.at(-1)).toMatchObject({ encrypted: false, authenticated: false });
  });

  test('are refused for it once: by the check, or where no check refuses it by the policy', () => {
    const refusal: Finding = { id: 'relay.source', side: 'source', level: 'error', summary: 'No sockets.' };
    const plan = planOver(undefined);
    expect(judgePlan(plan, [refusal])).toEqual([]);
    for (const found of [[], [{ ...refusal, level: 'warning' as const }]])
      expect(judgePlan(plan, found)).toMatchObject([{ id: 'policy.plaintext', level: 'error' }]);
  });
});

class FakeRelay implements Relay {
  readonly source = { memory: '/s/memory', disks: '/s/disks' };
  readonly destination = { memory: '/d/memory', disks: '/d/disks' };
  readonly #broken = Promise.withResolvers<ViaductError | undefined>();
  readonly broken = this.#broken.promise;
  closed = 0;

  break(): void {
    this.#broken.resolve(new ViaductError('relay.session', 'The session ended.', { side: 'destination' }));
  }

  close(): Promise<void> {
    this.closed += 1;
    return Promise.resolve();
  }
}

async function overRelay(scenario: Scenario = {}, relay = new FakeRelay()) {
  const simulation = await simulate({
    plan: planFor({ mode: 'ssh-relay', disks: 'copy' }, { disks: ['vda'] }),
    openRelay: () => Promise.resolve(relay),
    arrange: (hosts) => (hosts.uriOut = undefined),
    ...scenario,
  });
  return { ...simulation, relay };
}

describe('a migration over a relay', () => {
  test('tells each host of its own sockets, and closes the relay at the end', async () => {
    const { result, hosts, relay } = await overRelay();
    expect(result).toMatchObject({ outcome: 'migrated', mode: 'ssh-relay' });
    expect(relay.closed).toBe(1);
    const addresses = hosts.sent.map(({ call, params }) => {
      const value = (name: string) => params.find(({ field }) => field === name)?.value;
      return [call, value('migrate_uri'), value('disks_uri')];
    });
    const there = ['unix:///d/memory', 'unix:///d/disks'];
    const here = ['unix:///s/memory', 'unix:///s/disks'];
    expect(addresses).toEqual([
      ['begin', ...there],
      ['prepare', ...there],
      ...['perform', 'finish', 'confirm'].map((call) => [call, ...here]),
    ]);
  });

  test('goes nowhere else, whatever the destination answers', async () => {
    const { result, hosts, relay } = await overRelay({
      arrange: (simulated) => (simulated.uriOut = 'tcp://evil:49152'),
    });
    expect(result).toMatchObject({
      outcome: 'failed',
      runningOn: 'source',
      error: { code: 'engine.migrate-uri' },
    });
    expect(hosts.calls.some((call) => call.includes('perform'))).toBe(false);
    expect(relay.closed).toBe(1);
  });

  test('does not begin where the relay cannot be opened', async () => {
    const failure = new ViaductError('relay.folder', 'No folder.', {
      side: 'destination',
      remedy: 'Be root.',
    });
    const { result, phases } = await overRelay({ openRelay: () => Promise.reject(failure) });
    expect(phases).toEqual([]);
    expect(result).toMatchObject({
      ...{ outcome: 'failed', runningOn: 'source' },
      error: { code: 'relay.folder', side: 'destination', message: 'No folder.', remedy: 'Be root.' },
    });
  });

  test('is aborted when a session breaks, says which, and the guest goes on on the source', async () => {
    const relay = new FakeRelay();
    const { result, hosts } = await overRelay(
      {
        onPhase: ({ phase, state }) => {
          if (phase === 'perform' && state === 'begin') relay.break();
        },
      },
      relay,
    );
    expect(result).toMatchObject({
      ...{ outcome: 'failed', runningOn: 'source' },
      error: { code: 'relay.session', side: 'destination', message: 'The session ended.' },
    });
    expect(hosts.runningOn).toEqual(['source']);
    expect(hosts.violations).toEqual([]);
    expect(relay.closed).toBe(1);
  });

  test('is closed when it is cancelled', async () => {
    const { result, relay } = await overRelay({ cancelAt: { phase: 'perform', state: 'begin' } });
    expect(result).toMatchObject({ outcome: 'cancelled', runningOn: 'source' });
    expect(relay.closed).toBe(1);
  });
});

describe('a relay that breaks', () => {
  const broke = { type: 'relay-broke', fault } as const;
  test('turns a running copy back, and keeps the first reason', () => {
    const copying = replay([...ok('begin', 'prepare'), calling('perform')]);
    expect(shouldAbort(nextState(copying, broke))).toBe(true);
    const cancelled = nextState(copying, { type: 'cancel' });
    expect(nextState(cancelled, broke)).toBe(cancelled);
  });

  test('changes nothing before or after the copy', () => {
    for (const calls of [[], ok('begin'), ok('begin', 'prepare'), ok('begin', 'prepare', 'perform')]) {
      const state = replay(calls);
      expect(nextState(state, broke)).toBe(state);
    }
    const finishing = replay([...ok('begin', 'prepare', 'perform'), calling('finish')]);
    expect(nextState(finishing, broke)).toBe(finishing);
  });
});
