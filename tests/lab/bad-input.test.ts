import { beforeAll, describe, expect, it } from 'vitest';
import { hosts, keyFile, knownHostsFile, sshUri } from './layout.ts';
import { silent } from './progress.ts';
import { resetLab } from './reset.ts';
import { viaduct, type ViaductRun } from './support/viaduct.ts';

const source = sshUri(hosts.alpha);
const destination = sshUri(hosts.beta);
const login = `keyfile=${keyFile}&known_hosts=${knownHostsFile}`;

beforeAll(() => resetLab(silent));

function migrate(guest: string, from: string, to: string): Promise<ViaductRun> {
  return viaduct(['migrate', guest, '--source', from, '--destination', to, '--json']);
}

function expectPlainWords(run: ViaductRun): void {
  expect(run.stderr + run.stdout).not.toMatch(/\n\s+at .*:\d+:\d+/);
  expect(run.lines.filter(({ type }) => type === 'result')).toHaveLength(1);
  expect(run.lines.at(-1)?.type).toBe('result');
  expect(
    run.lines.some(({ type }) => type === 'phase'),
    'a phase was begun',
  ).toBe(false);
}

describe('bad input ends in one clear sentence and the right exit code', () => {
  it.each([
    ['an unknown transport', 'qemu+carrierpigeon://alpha.lab/system', 'transport "carrierpigeon"'],
    ['a driver of another hypervisor', 'xen+ssh://root@alpha.lab/', 'driver xen'],
    ['something that is no URI', 'alpha.lab', 'is not a connect URI'],
  ])('%s: exit code 2', async (_what, uri, words) => {
    const run = await migrate('web01', uri, destination);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain(words);
    expect(run.stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
    expectPlainWords(run);
  });

  it('an unknown guest: exit code 2', async () => {
    const run = await migrate('web99', source, destination);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('has no guest "web99"');
    expectPlainWords(run);
  });

  it.each([
    ['a name that does not resolve', `qemu+ssh://root@gamma.lab/system?${login}`, 'gamma.lab'],
    ['a port that refuses', `qemu+ssh://root@alpha.lab:2/system?${login}`, 'alpha.lab'],
  ])('a host that cannot be reached, by %s: refused, exit code 3', async (_what, uri, words) => {
    const run = await migrate('web01', source, uri);
    expect(run.code).toBe(3);
    expect(run.result).toMatchObject({ outcome: 'refused', error: { code: 'connection.destination' } });
    expect(JSON.stringify(run.result)).toContain(words);
    expectPlainWords(run);
  });

  it('a host key that is not on record: refused with its fingerprint, exit code 3', async () => {
    const uri = `qemu+ssh://root@beta.lab/system?keyfile=${keyFile}&known_hosts=/dev/null`;
    const run = await migrate('web01', source, uri);
    expect(run.code).toBe(3);
    expect(JSON.stringify(run.result)).toMatch(/SHA256:/);
    expectPlainWords(run);
  });

  it('a key that the host refuses: exit code 3', async () => {
    const run = await migrate('web01', source, `qemu+ssh://nobody@beta.lab/system?${login}`);
    expect(run.code).toBe(3);
    expect(run.result).toMatchObject({ error: { code: 'connection.destination' } });
    expectPlainWords(run);
  });

  it('an option out of range: exit code 2, and what it takes', async () => {
    const run = await viaduct([
      ...['migrate', 'web01', '--source', source, '--destination', destination],
      ...['--bandwidth', 'fast'],
    ]);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('whole number');
  });
});
