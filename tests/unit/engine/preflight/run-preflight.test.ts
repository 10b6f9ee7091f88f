import { describe, expect, it } from 'vitest';
import { BadInputError, ViaductError } from '../../../../electron/common/errors.ts';
import type { Finding } from '../../../../electron/engine/finding.ts';
import { checks } from '../../../../electron/engine/preflight/all-checks.ts';
import type { Check } from '../../../../electron/engine/preflight/check.ts';
import { GuestNotFoundError } from '../../../../electron/engine/preflight/errors.ts';
import { runChecks, type PreflightResult } from '../../../../electron/engine/preflight/run-preflight.ts';
import { defaultPlanOptions } from '../../../../electron/engine/plan.ts';
import { clientAuth, issue, issueCa, serverAuth } from '../../pki/certificates.ts';
import { failing, fakeContext, given, type Facts } from './fake-context.ts';
import { tlsTree } from './tls-pair.ts';

function check(id: string, run: Check['run'], needs: Check['needs'] = []): Check {
  return { id, title: `title of ${id}`, side: 'between', needs, run };
}

const fine = (id: string): Finding => ({ id, side: 'between', level: 'ok', summary: 'fine' });

interface Run {
  result: PreflightResult;
  seen: string[];
  pending: string[][];
}

async function run(
  list: readonly Check[],
  facts: Facts = {},
  signal = new AbortController().signal,
): Promise<Run> {
  const seen: string[] = [];
  const pending: string[][] = [];
  const observer = {
    finding: ({ level, id }: Finding) => seen.push(`${level} ${id}`),
    pending: (titles: string[]) => pending.push(titles),
  };
  const result = await runChecks(list, fakeContext(facts), observer, signal, 50);
  return { result, seen, pending };
}

describe('a preflight', () => {
  it('reports every finding as soon as its check is done, and what is still pending', async () => {
    const slow = Promise.withResolvers<Finding[]>();
    const list = [
      check('slow', () => slow.promise),
      check('fast', () => {
        queueMicrotask(() => setImmediate(() => slow.resolve([fine('slow')])));
        return Promise.resolve([fine('fast')]);
      }),
    ];
    const { seen, pending } = await run(list);
    expect(seen).toEqual(['ok fast', 'ok slow']);
    expect(pending).toEqual([['title of slow', 'title of fast'], ['title of slow'], []]);
  });

  it('says of each finding by which check it was found', async () => {
    const found: [string, string | undefined][] = [];
    const observer = {
      finding: ({ id }: Finding, by?: string) => found.push([id, by]),
      pending: () => undefined,
    };
    const list = [
      check('one', () => Promise.resolve([fine('first'), fine('second')])),
      check('hanging', () => new Promise(() => undefined)),
      check('left out', () => Promise.resolve([fine('third')]), ['guest']),
    ];
    const facts = { context: { guest: failing(new GuestNotFoundError('web01', 'alpha.lab', undefined)) } };
    await runChecks(list, fakeContext(facts), observer, new AbortController().signal, 50);
    expect(found.toSorted()).toEqual([
      ['first', 'one'],
      ['hanging', 'hanging'],
      ['preflight.left-out.guest', undefined],
      ['second', 'one'],
    ]);
  });

  it('knows each check by a name of its own', () => {
    const ids = checks.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('gives the planner its facts', async () => {
    const { result } = await run([]);
    expect(result.failure).toBeUndefined();
    expect(result.facts).toMatchObject({
      guest: { name: 'web01', state: 'running', disks: [], copyableDisks: [] },
      destinationHostName: 'beta.lab',
      dataAddress: { migrateUri: 'tcp://beta.lab' },
      tls: { destinationVerifiesClient: true },
      control: { source: { transport: 'ssh', encrypted: true, authenticated: true } },
    });
  });

  it('tells what the trial handshake agreed on, and nothing where it would not have been made', async () => {
    const cipher = { protocol: 'TLSv1.3', suite: 'TLS_AES_256_GCM_SHA384' };
    const context = { tryData: given({ kind: 'agreed' as const, asRoot: false, cipher }) };
    const ca = await issueCa();
    const [server, client] = await Promise.all([
      issue({ issuer: ca, dns: ['beta.lab'], ca: false, eku: { usages: [serverAuth] } }),
      issue({ cn: 'alpha.lab', issuer: ca, ca: false, eku: { usages: [clientAuth] } }),
    ]);
    const source = { tlsTree: given(await tlsTree('client', ca, client)) };
    const destination = { tlsTree: given(await tlsTree('server', ca, server)) };
    const misnamed = { tlsTree: given(await tlsTree('server', ca, client)) };
    const cipherOf = async (facts: Facts) => (await run([], facts)).result.dataCipher;
    expect(await cipherOf({ source, destination, context })).toEqual(cipher);
    expect(await cipherOf({ source, destination: misnamed, context })).toBeUndefined();
    const plain = { ...context, options: { ...defaultPlanOptions, mode: 'plain' as const } };
    expect(await cipherOf({ source, destination, context: plain })).toBeUndefined();
  });

  it('says unknown, never ok, for a check that fails, and keeps the reason', async () => {
    const broken = new ViaductError('no-shell', 'There is no shell.', { remedy: 'Use SSH.' });
    const { result } = await run([check('broken', () => Promise.reject(broken))]);
    expect(result.findings).toEqual([
      {
        id: 'broken',
        side: 'between',
        level: 'unknown',
        summary: 'Not checked: title of broken. There is no shell.',
        remedy: 'Use SSH.',
      },
    ]);
  });

  it('says unknown for a check that never answers', async () => {
    const { seen } = await run([check('hanging', () => Promise.withResolvers<Finding[]>().promise)]);
    expect(seen).toEqual(['unknown hanging']);
  });

  it('leaves out what does not apply to the plan', async () => {
    const plainOnly: Check = {
      ...check('plain', () => Promise.resolve([fine('plain')])),
      applies: () => false,
    };
    expect((await run([plainOnly])).seen).toEqual([]);
  });

  it('is cancelled by its signal', async () => {
    const controller = new AbortController();
    const cancelling = check('cancelling', () => {
      controller.abort();
      return Promise.withResolvers<Finding[]>().promise;
    });
    await expect(run([cancelling], {}, controller.signal)).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('a preflight that cannot go on', () => {
  const unreachable = new ViaductError('ssh-unreachable', 'Nothing answers.', { remedy: 'Start it.' });

  it('names the host that cannot be reached once, and leaves out what needs it', async () => {
    const { result, seen } = await run(checks, { destination: { daemon: failing(unreachable) } });
    expect(seen.filter((line) => line.startsWith('error'))).toEqual(['error connection.destination']);
    expect(seen).toContain('unknown preflight.left-out.destination');
    expect(seen).toContain('ok versions.source');
    expect(result).toMatchObject({ facts: undefined, failure: unreachable });
    expect(result.control).toMatchObject({ source: { reached: { address: 'alpha.lab' } } });
    expect(result.control).not.toHaveProperty('destination');
  });

  it('says that the guest is not there', async () => {
    const missing = new GuestNotFoundError('web01', 'alpha.lab', undefined);
    const { result, seen } = await run(checks, { context: { guest: failing(missing) } });
    expect(seen.filter((line) => line.startsWith('error'))).toEqual(['error guest.state']);
    expect(result.failure).toBe(missing);
  });

  it('says that the data address is none', async () => {
    const wrong = new BadInputError('migrate-uri-invalid', 'Not an address.');
    const { result, seen } = await run(checks, { context: { dataAddress: failing(wrong) } });
    expect(seen.filter((line) => line.startsWith('error'))).toEqual(['error network.name']);
    expect(result.failure).toBe(wrong);
  });
});

describe('the checks of Viaduct', () => {
  it('have ids and titles of their own', () => {
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
    expect(new Set(checks.map(({ title }) => title)).size).toBe(checks.length);
  });
});
