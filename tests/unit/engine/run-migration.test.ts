import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Journals } from '../../../electron/engine/journal/journals.ts';
import { runMigration } from '../../../electron/engine/run-migration.ts';
import type { HostAccess } from '../../../electron/hosts/host-access.ts';
import { LibvirtClient, params, procedures, ullong } from '../../../electron/libvirt/index.ts';
import { FakeDaemon, Refusal } from '../../fakes/libvirt-daemon.ts';
import { streamPair } from '../../fakes/stream-pair.ts';
import { guest } from '../../fakes/two-hosts.ts';
import { planFor } from './migration-plan.ts';

const cookie = new Uint8Array([1, 2, 3]);
const shared: LibvirtClient[] = [];

afterEach(async () => {
  await Promise.all(shared.splice(0).map((client) => client.close()));
});

/** A host whose daemons, one for each connection, all follow the script. */
function host(
  name: string,
  script: (daemon: FakeDaemon) => void,
  listening: (daemon: FakeDaemon) => void = () => undefined,
): HostAccess {
  const open = async (): Promise<LibvirtClient> => {
    const pair = streamPair();
    const daemon = new FakeDaemon(pair.server);
    daemon.answer(procedures.connectDomainEventCallbackRegisterAny, () => {
      listening(daemon);
      return { callbackId: 0 };
    });
    daemon.answer(procedures.connectDomainEventCallbackDeregisterAny, () => ({}));
    script(daemon);
    return LibvirtClient.open(pair.client, { name: 'qemu:///system', hostLabel: name });
  };
  let control: Promise<LibvirtClient> | undefined;
  return {
    name,
    connectUri: `qemu+ssh://root@${name}/system`,
    control: () => (control ??= open().then((client) => (shared.push(client), client))),
    connect: open,
    shell: () => Promise.resolve(undefined),
  };
}

const downtime = (ms: bigint) => params({ downtime_net: ullong(ms) });

interface World {
  source: { state: number; reason: number } | undefined;
  destination: { state: number; reason: number } | undefined;
  calls: string[];
}

function answerLookups(daemon: FakeDaemon, world: World, side: 'source' | 'destination'): void {
  daemon
    .answer(procedures.domainLookupByUuid, () => {
      if (world[side] === undefined) throw new Refusal({ code: 42, message: 'Domain not found' });
      return { dom: guest };
    })
    .answer(procedures.domainGetState, () => world[side] ?? { state: 0, reason: 0 })
    .answer(procedures.domainIsPersistent, () => ({ persistent: true }))
    .answer(procedures.domainGetJobStats, () => ({
      type: side === 'source' ? 2 : 3,
      params: downtime(17n),
    }));
}

function twoDaemons(world: World, onFinish: (daemon: FakeDaemon) => void = () => undefined) {
  let listener: FakeDaemon | undefined;
  const source = host(
    'alpha.lab',
    (daemon) => {
      answerLookups(daemon, world, 'source');
      daemon
        .answer(procedures.domainMigrateBegin3Params, () => {
          world.calls.push('begin');
          return { cookieOut: cookie, xml: '<domain/>' };
        })
        .answer(procedures.domainMigratePerform3Params, ({ cookieIn }) => {
          world.calls.push(`perform ${cookieIn.length}`);
          world.source = { state: 3, reason: 2 };
          return { cookieOut: cookie };
        })
        .answer(procedures.domainMigrateConfirm3Params, ({ cancelled }) => {
          world.calls.push(cancelled ? 'confirm cancelled' : 'confirm');
          world.source = cancelled ? { state: 1, reason: 6 } : undefined;
          listener?.sendEvent('jobCompleted', 0, { dom: guest, params: downtime(23n) });
          return {};
        });
    },
    (daemon) => {
      listener = daemon;
    },
  );
  const destination = host('beta.lab', (daemon) => {
    answerLookups(daemon, world, 'destination');
    daemon
      .answer(procedures.domainMigratePrepare3Params, () => {
        world.calls.push('prepare');
        world.destination = { state: 3, reason: 2 };
        return { cookieOut: cookie, uriOut: 'tcp:beta.lab:49152' };
      })
      .answer(procedures.domainMigrateFinish3Params, ({ cancelled }) => {
        world.calls.push(cancelled ? 'finish cancelled' : 'finish');
        world.destination = cancelled ? undefined : { state: 1, reason: 2 };
        onFinish(daemon);
        if (cancelled) throw new Refusal({ code: 93, message: 'migration successfully aborted' });
        return { dom: guest, cookieOut: cookie };
      });
  });
  return { source, destination };
}

const observer = { phase: () => undefined, progress: () => undefined };
const fresh = (): World => ({ source: { state: 1, reason: 1 }, destination: undefined, calls: [] });

describe('a migration over libvirt’s protocol', () => {
  test('makes the five calls and reports the destination', async () => {
    const world = fresh();
    const { result } = runMigration({ plan: planFor(), ...twoDaemons(world) }, observer);
    expect(await result).toMatchObject({ outcome: 'migrated', runningOn: 'destination', downtimeMs: 23 });
    expect(world.calls).toEqual(['begin', 'prepare', 'perform 3', 'finish', 'confirm']);
    expect(world.source).toBeUndefined();
  });

  test('asks the destination when the connection breaks in finish, then confirms', async () => {
    const world = fresh();
    const daemons = twoDaemons(world, (daemon) => daemon.close());
    const { result } = runMigration({ plan: planFor(), ...daemons }, observer);
    expect(await result).toMatchObject({ outcome: 'migrated', runningOn: 'destination', downtimeMs: 23 });
    expect(world.calls.slice(-2)).toEqual(['finish', 'confirm']);
  });

  test('takes the error that reports a cancelled finish for the success that it is', async () => {
    const world = fresh();
    const running = runMigration(
      { plan: planFor(), ...twoDaemons(world) },
      {
        ...observer,
        phase: ({ phase, state }) => {
          if (phase === 'prepare' && state === 'begin') running.cancel();
        },
      },
    );
    expect(await running.result).toMatchObject({ outcome: 'cancelled', runningOn: 'source' });
    expect(world.calls).toEqual(['begin', 'prepare', 'finish cancelled', 'confirm cancelled']);
    expect(world.destination).toBeUndefined();
  });

  test('tells a daemon’s refusal in its own words, with a remedy', async () => {
    const world = fresh();
    const daemons = twoDaemons(world);
    const source = host('alpha.lab', (daemon) => {
      answerLookups(daemon, world, 'source');
      daemon.answer(procedures.domainMigrateBegin3Params, () => {
        throw new Refusal({ code: 81, message: 'Unsafe migration: without shared storage' });
      });
    });
    const { result } = runMigration({ plan: planFor(), ...daemons, source }, observer);
    const { outcome, error } = await result;
    expect(outcome).toBe('failed');
    expect(error).toMatchObject({ code: 'migration.unsafe-storage', side: 'source', phase: 'begin' });
    expect(error?.message).toMatch(/without shared storage/);
  });
});

describe('a migration with a journal', () => {
  const id = 'c0ffee00-0000-4000-8000-0000000000aa';
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'viaduct-journaled-'));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  const start = (world: World) =>
    runMigration(
      {
        ...{ plan: planFor(), ...twoDaemons(world) },
        journal: { journals: new Journals(home), id, findings: [], identities: [] },
      },
      observer,
    );

  test('has it to itself until its receipt is kept, and then puts it away', async () => {
    const world = fresh();
    const running = start(world);
    expect(await running.result).toMatchObject({ outcome: 'migrated' });
    const { migrations } = await new Journals(home).unfinished();
    expect(migrations).toMatchObject([{ id, owner: { pid: process.pid } }]);
    await running.conclude();
    expect(readdirSync(join(home, 'journal', 'ended'))).toEqual([`${id}.journal`]);
  });

  test('is refused where there can be none, and nothing is asked of a daemon', async () => {
    writeFileSync(join(home, 'journal'), 'a file in the place of the folder');
    const world = fresh();
    const running = start(world);
    expect(running.cancellation().possible).toBe(true);
    expect(await running.result).toMatchObject({
      outcome: 'refused',
      runningOn: 'source',
      error: { code: 'journal-unwritable', side: 'client', phase: 'preflight' },
    });
    await running.conclude();
    expect(world.calls).toEqual([]);
    expect(running.cancellation().possible).toBe(false);
  });
});
