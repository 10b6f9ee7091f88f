import { mkdtempSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BadInputError } from '../../../../electron/common/errors.ts';
import type { End } from '../../../../electron/engine/doctor/diagnosis.ts';
import { Journals } from '../../../../electron/engine/journal/journals.ts';
import { defaultLimits } from '../../../../electron/engine/run/limits.ts';
import type { HostAccess } from '../../../../electron/hosts/host-access.ts';
import { DoctorDesk, type DoctorDeskParts } from '../../../../electron/ipc/doctor/doctor-desk.ts';
import type { DoctorVisit } from '../../../../electron/ipc/doctor/doctor-snapshot.ts';
import { LibvirtError, type LibvirtCalls } from '../../../../electron/libvirt/index.ts';
import { present } from '../../engine/doctor/any-case.ts';
import { failedPostCopy, PairOfHosts, uuid } from '../../engine/doctor/pair-of-hosts.ts';
import { planFor } from '../../engine/migration-plan.ts';

const running = present(1, 1);
const held = present(3, 2);
const absent = { kind: 'absent' } as const;
const silent = { kind: 'unreachable', message: 'No route to host.' } as const;

let home: string;
let journals: Journals;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'viaduct-doctor-desk-'));
  journals = new Journals(home);
});
afterEach(() => rmSync(home, { recursive: true }));

function unknownGuest(): LibvirtError {
  const absentFields = { dom: undefined, str1: undefined, str2: undefined, str3: undefined, net: undefined };
  const numbers = { code: 42, domain: 10, level: 2, int1: 0, int2: 0 };
  return new LibvirtError({ ...numbers, message: 'no domain', ...absentFields });
}

/** A host of the board as far as its guests can be looked up; the rest goes to the pair. */
function access(pair: PairOfHosts, end: End): HostAccess {
  const control = (): Promise<LibvirtCalls> => {
    const truth = pair.truths[end];
    if (truth.kind === 'unreachable') return Promise.reject(new Error(truth.message));
    const call = () =>
      truth.kind === 'absent'
        ? Promise.reject(unknownGuest())
        : Promise.resolve({ dom: { name: 'web01', uuid, id: 7 } });
    return Promise.resolve({ call } as unknown as LibvirtCalls);
  };
  const never = () => Promise.reject(new Error('not asked for here'));
  return { name: pair.hosts[end].name, connectUri: '', control, connect: never, shell: never };
}

interface Setting extends Partial<Pick<DoctorDeskParts, 'migrations' | 'limits'>> {
  readOnly?: Partial<Record<End, { reason: string }>>;
}

class Screen {
  readonly told: DoctorVisit[] = [];
  readonly desk: DoctorDesk;

  constructor(pair: PairOfHosts, { readOnly = {}, ...parts }: Setting = {}) {
    const ends: Record<string, End> = { alpha: 'source', beta: 'destination' };
    this.desk = new DoctorDesk({
      journals,
      migrations: { requireIdle: () => undefined },
      changed: ({ visit }) => visit && this.told.push(visit),
      reach: ({ name }) => pair.hosts[name === 'alpha.lab' ? 'source' : 'destination'],
      registry: {
        monitor: (hostId) => {
          const end = ends[hostId];
          if (end === undefined) throw new BadInputError('host-unknown', 'That host is not on the board.');
          const host = { ...access(pair, end), driver: 'qemu', readOnly: readOnly[end] };
          return { host, guest: () => undefined };
        },
      },
      ...parts,
    });
  }

  get visit(): DoctorVisit {
    const visit = this.told.at(-1);
    if (visit === undefined) throw new Error('Nothing was told.');
    return visit;
  }

  get situation(): string | undefined {
    return this.visit.seen?.diagnosis.situation;
  }

  look(guest = 'web01'): Promise<DoctorVisit> {
    this.desk.look({ guest, sourceHostId: 'alpha', destinationHostId: 'beta' });
    return this.atRest();
  }

  act(
    action: Parameters<DoctorDesk['act']>[0]['action'],
    host: End,
    migrateUri?: string,
  ): Promise<DoctorVisit> {
    const { visitId } = this.visit;
    this.desk.act({ visitId, action, host, ...(migrateUri !== undefined && { migrateUri }) });
    return this.atRest();
  }

  async atRest(): Promise<DoctorVisit> {
    await expect.poll(() => this.visit.work, { timeout: 5000, interval: 5 }).toBeUndefined();
    return this.visit;
  }
}

describe('a look', () => {
  it('is told while it is under way, and then with what both hosts hold', async () => {
    const screen = new Screen(new PairOfHosts(held, absent));
    const visit = await screen.look();
    expect(screen.told[0]).toMatchObject({ guest: 'web01', work: { kind: 'asking' }, seen: undefined });
    expect(visit).toMatchObject({
      ...{ guest: 'web01', uuid, problem: undefined, done: undefined },
      hosts: { source: { hostId: 'alpha', name: 'alpha.lab' }, destination: { hostId: 'beta' } },
      seen: {
        diagnosis: {
          situation: 'held by a migration',
          hosts: {
            source: {
              state: 'paused (for migration)',
              definition: 'kept there',
              job: 'nothing is under way',
            },
            destination: { state: 'not known there', definition: 'none' },
          },
          actions: [{ action: 'resume', host: 'source' }],
        },
      },
    });
  });

  it('says which host cannot be reached, and can be made again once it can', async () => {
    const pair = new PairOfHosts(silent, held);
    const screen = new Screen(pair);
    expect((await screen.look()).seen?.diagnosis).toMatchObject({
      ...{ situation: 'host unreachable', actions: [] },
      hosts: { source: { state: 'could not be asked (No route to host)', job: 'not known' } },
    });
    pair.truths.source = running;
    await screen.look(uuid);
    expect(screen.situation).toBe('runs, copy left');
    expect(screen.visit.guest).toBe('web01');
  });

  it('keeps the name of a guest that no host knows any more', async () => {
    const pair = new PairOfHosts(held, absent);
    const screen = new Screen(pair);
    await screen.look();
    pair.truths.source = absent;
    expect((await screen.look(uuid)).seen?.diagnosis.summary).toBe(
      'Neither alpha.lab nor beta.lab knows web01.',
    );
  });

  it('tells why there is nothing to look at', async () => {
    const screen = new Screen(new PairOfHosts(absent, absent));
    expect(await screen.look()).toMatchObject({
      seen: undefined,
      problem: { code: 'guest-not-found', where: 'this computer' },
    });
  });

  it('can be given up, and given up for another', async () => {
    const pair = new PairOfHosts(held, absent);
    const screen = new Screen(pair);
    screen.desk.look({ guest: 'web01', sourceHostId: 'alpha', destinationHostId: 'beta' });
    screen.desk.stop(screen.visit.visitId);
    expect(await screen.atRest()).toMatchObject({ seen: undefined, problem: undefined });
    screen.desk.look({ guest: 'nobody', sourceHostId: 'alpha', destinationHostId: 'beta' });
    await screen.look();
    expect(screen.visit).toMatchObject({ guest: 'web01', problem: undefined });
    expect(screen.situation).toBe('held by a migration');
  });

  it('takes no host twice, and none that is not on the board', () => {
    const { desk } = new Screen(new PairOfHosts(held, absent));
    const ask = (sourceHostId: string, destinationHostId: string) => () =>
      desk.look({ guest: 'web01', sourceHostId, destinationHostId });
    expect(ask('alpha', 'alpha')).toThrow(expect.objectContaining({ code: 'doctor-one-host' }) as Error);
    expect(ask('alpha', 'gamma')).toThrow(expect.objectContaining({ code: 'host-unknown' }) as Error);
  });
});

describe('a guest whose migration is under way', () => {
  it('here is left to that', async () => {
    const requireIdle = () => {
      throw new BadInputError('migration-busy', 'web01 is being moved already.', { side: 'client' });
    };
    const screen = new Screen(new PairOfHosts(held, running), { migrations: { requireIdle } });
    expect(await screen.look()).toMatchObject({ seen: undefined, problem: { code: 'migration-busy' } });
  });

  it('in another process is left to that, also when it began after the look', async () => {
    const pair = new PairOfHosts(held, absent);
    const screen = new Screen(pair);
    await screen.look();
    const owned = await journals.create({
      ...{ id: randomUUID(), at: new Date(), findings: [], identities: [] },
      plan: planFor({}, { uuid, persistent: true }),
    });
    for (const visit of [await screen.act('resume', 'source'), await screen.look()])
      expect(visit).toMatchObject({ seen: undefined, problem: { code: 'journal-owned' } });
    expect(pair.orders).toEqual([]);
    await owned.release();
    expect((await screen.look()).seen?.diagnosis.journal).toContain('has not been settled');
  });
});

describe('an offered action', () => {
  it('is done, and both hosts are asked again', async () => {
    const pair = new PairOfHosts(held, absent);
    const screen = new Screen(pair);
    await screen.look();
    const visit = await screen.act('resume', 'source');
    expect(pair.orders).toEqual(['resume source']);
    expect(visit).toMatchObject({ done: { action: 'resume', host: 'source' }, problem: undefined });
    expect(screen.situation).toBe('runs on one host');
    expect(screen.told.some(({ work }) => work?.kind === 'acting')).toBe(true);
    expect(screen.desk.isActing).toBe(false);
  });

  it('is refused where both hosts no longer offer it, with what they say now', async () => {
    const pair = new PairOfHosts(held, absent);
    const screen = new Screen(pair);
    await screen.look();
    pair.truths.destination = running;
    const visit = await screen.act('resume', 'source');
    expect(visit).toMatchObject({
      done: undefined,
      problem: { code: 'engine.not-offered', remedy: 'Safe here: destroy.' },
    });
    expect(screen.situation).toBe('runs, copy left');
    expect(pair.orders).toEqual([]);
  });

  it('is nothing else, nothing on another host, and nothing of another look', async () => {
    const pair = new PairOfHosts(running, running);
    const screen = new Screen(pair);
    const { visitId } = await screen.look();
    const { desk } = screen;
    for (const action of ['resume', 'destroy', 'undefine', 'recover-post-copy'] as const)
      for (const host of ['source', 'destination'] as const)
        expect(() => desk.act({ visitId, action, host })).toThrow('is not safe here');
    await screen.look();
    const late = () => desk.act({ visitId, action: 'resume', host: 'source' });
    expect(late).toThrow(expect.objectContaining({ code: 'visit-over' }) as Error);
    expect(pair.orders).toEqual([]);
  });

  it('is refused on a host that only may be looked at', async () => {
    const pair = new PairOfHosts(held, absent);
    const screen = new Screen(pair, { readOnly: { source: { reason: 'Only look.' } } });
    await screen.look();
    const { visitId } = screen.visit;
    const act = () => screen.desk.act({ visitId, action: 'resume', host: 'source' });
    expect(act).toThrow(expect.objectContaining({ code: 'read-only' }) as Error);
    expect(pair.orders).toEqual([]);
  });
});

describe('a post-copy that broke', () => {
  it('is recovered, again after an attempt that failed, which is told with its host', async () => {
    const pair = failedPostCopy();
    const screen = new Screen(pair);
    await screen.look();
    pair.refused = 'prepare';
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const { problem } = await screen.act('recover-post-copy', 'source');
      expect(problem).toMatchObject({
        ...{ code: 'libvirt.55', where: 'beta.lab' },
        remedy: 'Both hosts were asked again: go by what they say now.',
      });
      expect(screen.situation).toBe('post-copy failed');
    }
    pair.refused = undefined;
    const visit = await screen.act('recover-post-copy', 'source', 'tcp://beta.lab');
    expect(visit).toMatchObject({ done: { action: 'recover-post-copy' }, problem: undefined });
    expect(screen.situation).toBe('runs, definition left');
    expect(pair.open).toBe(0);
  });

  it('is not recovered to an address that is none', async () => {
    const screen = new Screen(failedPostCopy());
    const { visitId } = await screen.look();
    const order = { visitId, action: 'recover-post-copy', host: 'source' } as const;
    const act = () => screen.desk.act({ ...order, migrateUri: 'rdma://beta' });
    expect(act).toThrow(expect.objectContaining({ code: 'migrate-uri-invalid' }) as Error);
    expect(screen.desk.isActing).toBe(false);
  });

  it('keeps everything else away while it is recovered', async () => {
    const pair = failedPostCopy();
    pair.silent = true;
    const screen = new Screen(pair, { limits: { ...defaultLimits, prepareMs: 100 } });
    const { visitId } = await screen.look();
    screen.desk.act({ visitId, action: 'recover-post-copy', host: 'source' });
    expect(screen.desk.isActing).toBe(true);
    const busy = expect.objectContaining({ code: 'doctor-busy' }) as Error;
    expect(() => void screen.look()).toThrow(busy);
    expect(() => screen.desk.act({ visitId, action: 'recover-post-copy', host: 'source' })).toThrow(busy);
    expect((await screen.atRest()).problem).toMatchObject({
      ...{ code: 'engine.recovery-unanswered', where: 'beta.lab' },
    });
  });

  it('can be left off, and is offered again', async () => {
    const pair = failedPostCopy();
    pair.silent = true;
    const screen = new Screen(pair, { limits: { ...defaultLimits, prepareMs: 200 } });
    const { visitId } = await screen.look();
    screen.desk.act({ visitId, action: 'recover-post-copy', host: 'source' });
    await expect.poll(() => pair.open).toBe(2);
    screen.desk.stop(visitId);
    expect(screen.visit.work).toMatchObject({ stopping: true });
    expect((await screen.atRest()).problem).toMatchObject({ code: 'doctor-stopped' });
    expect(screen.visit.seen?.diagnosis.actions).toMatchObject([{ action: 'recover-post-copy' }]);
    expect(pair.open).toBeLessThanOrEqual(0);
  });
});

it('ends what it was at before it is closed', async () => {
  const pair = new PairOfHosts(held, absent);
  const screen = new Screen(pair);
  await screen.look();
  const { visitId } = screen.visit;
  screen.desk.act({ visitId, action: 'resume', host: 'source' });
  await screen.desk.close();
  expect(pair.orders).toEqual(['resume source']);
  expect(screen.situation).toBe('runs on one host');
});
