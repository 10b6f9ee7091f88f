import { mkdtempSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runDoctor, type DoctorArguments } from '../../../electron/cli/commands/doctor.ts';
import { BadInputError } from '../../../electron/common/errors.ts';
import { Journals } from '../../../electron/engine/journal/journals.ts';
import type { HostTruth } from '../../../electron/engine/state/truth.ts';
import type { HostAccess } from '../../../electron/hosts/host-access.ts';
import { LibvirtError, procedures, type LibvirtCalls } from '../../../electron/libvirt/index.ts';
import { after, present } from '../engine/doctor/any-case.ts';
import { planFor } from '../engine/migration-plan.ts';

const uuid = 'c0ffee00-0000-4000-8000-000000000001';
let home: string;
let told: string;
let orders: string[];
let truths: { alpha: HostTruth; beta: HostTruth };
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'viaduct-doctor-'));
  told = '';
  orders = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    told += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(home, { recursive: true });
});

function refusal(code: number): LibvirtError {
  const absent = { dom: undefined, str1: undefined, str2: undefined, str3: undefined, net: undefined };
  return new LibvirtError({ code, domain: 10, message: 'no', level: 2, int1: 0, int2: 0, ...absent });
}

/** A daemon that has the guest of that UUID, or has not. */
function daemon(host: 'alpha' | 'beta', guestUuid: string): LibvirtCalls {
  const dom = { name: 'web01', uuid: guestUuid, id: 7 };
  const answer = (name: string): unknown => {
    const truth = truths[host];
    if (truth.kind !== 'present') throw refusal(42);
    switch (name) {
      case procedures.domainLookupByName.name:
      case procedures.domainLookupByUuid.name:
        return { dom };
      case procedures.domainGetState.name:
        return truth;
      case procedures.domainIsPersistent.name:
        return { persistent: truth.persistent };
      case procedures.domainGetJobStats.name:
        return { type: 0, params: [] };
      case procedures.domainResume.name:
        orders.push(`resume ${host}`);
        truths[host] = after(truth, 'resume');
        return {};
      case procedures.domainDestroy.name:
        orders.push(`destroy ${host}`);
        throw refusal(38);
      default:
        throw refusal(3);
    }
  };
  return {
    call: async ({ name }: { name: string }) => Promise.resolve(answer(name)),
  } as unknown as LibvirtCalls;
}

function access(host: 'alpha' | 'beta', guestUuid = uuid): HostAccess {
  const control = (): Promise<LibvirtCalls> => {
    const truth = truths[host];
    if (truth.kind === 'unreachable') return Promise.reject(new Error(truth.message));
    return Promise.resolve(daemon(host, guestUuid));
  };
  const never = () => control().then(() => Promise.reject(new Error('not asked for here')));
  return { name: `${host}.lab`, connectUri: '', control, connect: never, shell: never };
}

const doctor = (rest: Partial<DoctorArguments> = {}): Promise<number> =>
  runDoctor({
    ...{ guest: 'web01', home, json: true, yes: false, confirm: undefined },
    signal: new AbortController().signal,
    source: access('alpha'),
    destination: access('beta'),
    ...rest,
  });

const lines = (): Record<string, unknown>[] =>
  told
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const held = present(3, 2);
const absent: HostTruth = { kind: 'absent' };

describe('the diagnosis', () => {
  it('ends with 0 where all is well, and tells it in one line', async () => {
    truths = { alpha: present(1, 1), beta: absent };
    for (const guest of ['web01', uuid]) expect(await doctor({ guest })).toBe(0);
    expect(lines()[1]).toEqual(lines()[0]);
    expect(lines().slice(1)).toMatchObject([
      {
        ...{ type: 'situation', guest: 'web01', uuid, situation: 'runs on one host', actions: [] },
        hosts: { source: { name: 'alpha.lab' }, destination: { name: 'beta.lab' } },
      },
    ]);
  });

  it('ends with 6 where a person has to act, and touches nothing', async () => {
    truths = { alpha: held, beta: absent };
    expect(await doctor()).toBe(6);
    expect(lines()).toMatchObject([{ actions: [{ action: 'resume', host: 'source' }] }]);
    truths = { alpha: present(1, 1), beta: present(1, 1) };
    expect(await doctor({ json: false })).toBe(6);
    expect(told).toContain('web01 runs on both alpha.lab and beta.lab');
    expect(orders).toEqual([]);
  });

  it('names a host that cannot be asked, by the name or the UUID of the guest', async () => {
    truths = { alpha: { kind: 'unreachable', message: 'No route to alpha.' }, beta: absent };
    for (const guest of ['web01', uuid]) expect(await doctor({ guest })).toBe(6);
    for (const line of lines()) {
      expect(line).toMatchObject({ situation: 'host unreachable', actions: [] });
      expect(JSON.stringify(line)).toContain('No route to alpha');
    }
  });

  it('takes no name for a guest that is none, or two', async () => {
    truths = { alpha: absent, beta: absent };
    await expect(doctor()).rejects.toMatchObject({ code: 'guest-not-found' });
    truths = { alpha: held, beta: held };
    const two = doctor({ destination: access('beta', randomUUID()) });
    await expect(two).rejects.toMatchObject({ code: 'guest-ambiguous' });
    await expect(doctor({ migrateUri: 'rdma://beta' })).rejects.toThrow(BadInputError);
    expect(told).toBe('');
  });
});

describe('an action', () => {
  it('is done and told, with what it came to', async () => {
    truths = { alpha: held, beta: absent };
    expect(await doctor({ action: 'resume', yes: true })).toBe(0);
    expect(orders).toEqual(['resume alpha']);
    expect(lines()).toMatchObject([
      { type: 'situation', situation: 'held by a migration' },
      { type: 'done', action: 'resume', host: 'source' },
      { type: 'situation', situation: 'runs on one host' },
    ]);
  });

  it('is refused where it is not offered', async () => {
    truths = { alpha: held, beta: present(1, 2) };
    expect(await doctor({ action: 'resume', yes: true })).toBe(3);
    expect(lines().at(-1)).toMatchObject({ type: 'refused', code: 'engine.not-offered' });
    expect(orders).toEqual([]);
  });

  it('is not done without being agreed to', async () => {
    truths = { alpha: held, beta: absent };
    expect(await doctor({ action: 'resume' })).toBe(3);
    expect(await doctor({ action: 'resume', confirm: () => Promise.resolve(false) })).toBe(3);
    expect(lines().filter(({ code }) => code === 'not-agreed')).toHaveLength(2);
    expect(orders).toEqual([]);
    expect(await doctor({ action: 'resume', confirm: () => Promise.resolve(true) })).toBe(0);
    expect(orders).toEqual(['resume alpha']);
  });

  it('that the daemon refuses is told with what is so then, for a person', async () => {
    truths = { alpha: held, beta: present(1, 2) };
    expect(await doctor({ action: 'destroy', yes: true })).toBe(6);
    expect(lines().map(({ type }) => type)).toEqual(['situation', 'failed', 'situation']);
    expect(orders).toEqual(['destroy alpha']);
  });
});

describe('an unfinished migration', () => {
  const begin = (persistent: boolean) =>
    new Journals(home).create({
      ...{ id: randomUUID(), at: new Date(), findings: [], identities: [] },
      plan: planFor({}, { uuid, persistent }),
    });

  it('of a living process is left to that', async () => {
    truths = { alpha: held, beta: absent };
    const { release } = await begin(true);
    expect(await doctor({ action: 'resume', yes: true })).toBe(3);
    expect(lines()).toMatchObject([{ type: 'refused', code: 'journal-owned' }]);
    expect(orders).toEqual([]);
    await release();
  });

  it('that nobody has tells more, and stays for "recover"', async () => {
    truths = { alpha: present(3, 2, false), beta: absent };
    expect(await doctor({ action: 'resume', yes: true }), 'it may have run and ended on beta').toBe(3);
    const { release } = await begin(false);
    await release();
    expect(await doctor({ action: 'resume', yes: true }), 'it was never started on beta').toBe(0);
    const { migrations } = await new Journals(home).unfinished();
    expect(migrations).toMatchObject([{ owner: undefined }]);
  });
});
