import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { cgroupOf, processesIn } from './cgroups.ts';
import { mustRun } from './command.ts';
import { SecondLab } from './isolated/second-lab.ts';
import { network, stateDir } from './layout.ts';
import { waitFor } from './wait-for.ts';

/*
 * The namespaces of a second lab: apart from the lab that is up beside them, and gone however they end. That a lab comes
 * up in them, and that all tests hold there, is what `npm test` shows with its second lane.
 */

const dir = `${stateDir}-apart`;
const program = join(import.meta.dirname, 'isolated', 'second-lab.ts');

async function leftovers(): Promise<string[]> {
  return [await cgroupOf(basename(dir)), dir, `${dir}.lock`].filter((path) => existsSync(path));
}

afterEach(async () => {
  expect(await leftovers()).toEqual([]);
});

function start(second: SecondLab, argv: readonly string[]): void {
  const {
    argv: [command = '', ...args],
    env,
  } = second.inside(argv);
  spawn(command, args, { env: { ...process.env, ...env }, stdio: 'ignore' }).on('error', () => undefined);
}

async function untilRunning(what: string): Promise<void> {
  const cgroup = await cgroupOf(basename(dir));
  const lines = async (): Promise<string[]> =>
    Promise.all((await processesIn(cgroup)).map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8')));
  await waitFor(
    `${what} runs in there`,
    async () => (await lines()).some((line) => line.replaceAll('\0', ' ').startsWith(what)) || undefined,
    { timeoutMs: 10_000, intervalMs: 50 },
  );
}

async function keeperOf(): Promise<number> {
  return (JSON.parse(await readFile(`${dir}.lock`, 'utf8')) as { pid: number }).pid;
}

test('it has a network, mounts, processes, cgroups and names of its own', async () => {
  await using second = await SecondLab.open(dir);
  const inside = (...argv: string[]): Promise<string> => {
    const command = second.inside(argv);
    return mustRun(command.argv, { env: command.env });
  };
  expect(await readdir('/sys/class/net')).toContain(network.bridge);
  expect((await inside('ls', '/sys/class/net')).trim()).toBe('lo');
  expect(await inside('cat', '/proc/self/mounts')).not.toContain('viaduct-lab');
  expect(await inside('ps', '-e', '-o', 'args=')).not.toContain('systemd-nspawn');
  expect(await inside('cat', '/proc/self/cgroup')).toMatch(/^0::\/$/m);
  expect(await inside('printenv', 'VIADUCT_LAB_DIR')).toBe(`${dir}\n`);

  const outer = await readFile('/etc/hosts', 'utf8');
  expect(outer).toContain('alpha.lab');
  expect(await inside('cat', '/etc/hosts')).not.toContain('alpha.lab');
  await inside('sh', '-c', 'echo 192.0.2.1 elsewhere >/etc/hosts');
  expect(await readFile('/etc/hosts', 'utf8')).toBe(outer);
});

test('a command ends with the process that stands for it, and with its exit code', async () => {
  await using second = await SecondLab.open(dir);
  const cgroup = await cgroupOf(basename(dir));
  const {
    argv: [command = '', ...args],
  } = second.inside(['sleep', '1000']);
  const child = spawn(command, args, { stdio: 'ignore' });
  await untilRunning('sleep 1000');
  const before = (await processesIn(cgroup)).length;
  child.kill('SIGTERM');
  await waitFor(
    'both have ended',
    async () => (await processesIn(cgroup)).length <= before - 2 || undefined,
    { timeoutMs: 10_000 },
  );
  const { argv } = second.inside(['sh', '-c', 'exit 7']);
  await expect(mustRun(argv)).rejects.toThrow('ended with 7');
});

test('what still runs when it is closed is ended, also what left its parent', async () => {
  {
    await using second = await SecondLab.open(dir);
    start(second, ['setsid', '--fork', 'sleep', '1000']);
    await untilRunning('sleep 1000');
    await expect(SecondLab.open(dir)).rejects.toThrow('The lab is in use: a second lab');
  }
  expect(await leftovers()).toEqual([]);
});

test('nothing is left when the process that it was for is killed', async () => {
  const script = `import(${JSON.stringify(program)}).then((m) => m.SecondLab.open(${JSON.stringify(dir)}))
    .then(() => { process.stdout.write('open'); setInterval(() => 0, 1000); })`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  expect(await leftovers()).toHaveLength(2);
  child.kill('SIGKILL');
  await waitFor('all is gone', async () => (await leftovers()).length === 0 || undefined, {
    timeoutMs: 20_000,
  });
});

test('a keeper that is killed leaves no process, and what else it leaves the next one removes', async () => {
  const second = await SecondLab.open(dir);
  start(second, ['setsid', '--fork', 'sleep', '1000']);
  await untilRunning('sleep 1000');
  process.kill(await keeperOf(), 'SIGKILL');
  const cgroup = await cgroupOf(basename(dir));
  await waitFor('they have ended', async () => (await processesIn(cgroup)).length === 0 || undefined, {
    timeoutMs: 10_000,
  });
  await expect(second[Symbol.asyncDispose]()).rejects.toThrow('could not be removed');
  await using next = await SecondLab.open(dir);
  expect(await mustRun(next.inside(['ps', '-e', '-o', 'args=']).argv)).not.toContain('sleep 1000');
});
