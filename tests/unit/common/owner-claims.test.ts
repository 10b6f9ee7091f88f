import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OwnerClaims } from '../../../electron/common/owner-claims.ts';
import { livenessOf, ownMark, type ProcessMark } from '../../../electron/common/process-mark.ts';

let folder: string;
let children: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'viaduct-claims-'));
  children = [];
});
afterEach(async () => {
  await Promise.all(children.map(end));
  rmSync(folder, { recursive: true });
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** Another process that takes the claim of `name`, tells what came of it, and holds it. */
async function holder(name: string): Promise<{ child: ChildProcess; told: string }> {
  const source = new URL('../../../electron/common/owner-claims.ts', import.meta.url).pathname;
  const script = `
    import { OwnerClaims } from ${JSON.stringify(source)};
    const taken = await new OwnerClaims(${JSON.stringify(folder)}, ${JSON.stringify(name)}).take();
    process.stdout.write('claim' in taken ? 'taken\\n' : 'refused\\n');
    setInterval(() => undefined, 60_000);
  `;
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [told] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, told: told.toString().trim() };
}

describe('the owner of a thing', () => {
  it('is one, for as long as it does not give it back', async () => {
    const claims = new OwnerClaims(folder, 'a');
    const first = await claims.take();
    expect(await claims.take()).toMatchObject({ owner: { pid: process.pid, liveness: 'alive' } });
    expect(statSync(join(folder, 'a.owner.1')).mode & 0o777).toBe(0o600);
    if ('claim' in first) await first.claim.release();
    expect(await claims.owner()).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is another process until that is killed, also while it is stopped', async () => {
    const { child, told } = await holder('a');
    expect(told).toBe('taken');
    const claims = new OwnerClaims(folder, 'a');
    expect(await claims.take()).toMatchObject({ owner: { pid: child.pid, liveness: 'alive' } });
    child.kill('SIGSTOP');
    expect(await claims.take()).toMatchObject({ owner: { pid: child.pid } });
    child.kill('SIGCONT');
    await end(child);
    expect(await claims.take()).toHaveProperty('claim');
  });

  it('is exactly one of many who find the same dead one', async () => {
    await end((await holder('a')).child);
    const told = await Promise.all(Array.from({ length: 3 }, () => holder('a')));
    expect(told.filter((each) => each.told === 'taken')).toHaveLength(1);
  }, 30_000);

  it('of one thing does not own the next', async () => {
    await new OwnerClaims(folder, 'a').take();
    expect(await new OwnerClaims(folder, 'b').take()).toHaveProperty('claim');
  });

  it('is not guessed from a claim that cannot be read', async () => {
    writeFileSync(join(folder, 'a.owner.1'), 'nonsense');
    const taken = await new OwnerClaims(folder, 'a').take();
    expect(taken).toEqual({
      owner: {
        pid: undefined,
        machine: undefined,
        liveness: 'elsewhere',
        path: join(folder, 'a.owner.1'),
      },
    });
  });

  it('leaves nothing once it is cleared', async () => {
    const claims = new OwnerClaims(folder, 'a');
    await end((await holder('a')).child);
    await claims.take();
    expect(readdirSync(folder)).toHaveLength(2);
    await claims.clear();
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a process', () => {
  it('is alive as itself alone', async () => {
    const mark = await ownMark();
    expect(await livenessOf(mark)).toBe('alive');
    const others: [Partial<ProcessMark>, string][] = [
      [{ startedAt: '1' }, 'dead'],
      [{ boot: 'before' }, 'dead'],
      [{ machine: 'another' }, 'elsewhere'],
      [{ namespace: 'pid:[1]' }, 'elsewhere'],
      [{ startedAt: '' }, 'alive'],
    ];
    for (const [change, liveness] of others)
      expect(await livenessOf({ ...mark, ...change }), JSON.stringify(change)).toBe(liveness);
  });

  it('that has ended is dead, also where only its number is known', async () => {
    const { child } = await holder('a');
    const mark = JSON.parse(readFileSync(join(folder, 'a.owner.1'), 'utf8')) as ProcessMark;
    await end(child);
    expect(await livenessOf(mark)).toBe('dead');
    expect(await livenessOf({ ...mark, startedAt: '' })).toBe('dead');
  });
});
