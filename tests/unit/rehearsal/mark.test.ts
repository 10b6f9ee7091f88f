import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isForgotten, readMark, thisProcess, type Mark } from '../../../electron/rehearsal/mark.ts';
import { eventually } from '../eventually.ts';

const nowMs = 1_795_000_000_000;
const minute = 60_000;
const rehearser = { process: 100, workstation: '0a1b2c3d', isAlive: (process: number) => process === 200 };
const made = (change: Partial<Mark>): Mark => ({
  process: 100,
  workstation: '0a1b2c3d',
  begunMs: nowMs - minute,
  ...change,
});

describe('a guest is forgotten', () => {
  it.each<[string, Partial<Mark>, boolean]>([
    ['when this process made it', {}, true],
    ['when the process that made it is gone', { process: 300 }, true],
    ['not while another process of this workstation runs', { process: 200 }, false],
    ['not while another workstation may be rehearsing', { process: 300, workstation: 'ffffffff' }, false],
    ['when it is older than any rehearsal', { workstation: 'ffffffff', begunMs: nowMs - 61 * minute }, true],
    ['when it claims to be of the future', { workstation: 'ffffffff', begunMs: nowMs + 61 * minute }, true],
  ])('%s', (_when, change, forgotten) => {
    expect(isForgotten(made(change), rehearser, nowMs)).toBe(forgotten);
  });
});

it('knows which processes run', () => {
  expect(thisProcess.isAlive(process.pid)).toBe(true);
  expect(thisProcess.isAlive(2 ** 31 - 1)).toBe(false);
});

it.each([
  ['nothing', ''],
  ['another element', '<other process="1" workstation="0a1b2c3d" begun="1"/>'],
  ['no time', '<rehearsal process="1" workstation="0a1b2c3d"/>'],
  ['a process that is none', '<rehearsal process="-1" workstation="0a1b2c3d" begun="1"/>'],
  ['another workstation’s form', '<rehearsal process="1" workstation="ABC" begun="1"/>'],
  ['a document type', '<!DOCTYPE rehearsal><rehearsal process="1" workstation="0a1b2c3d" begun="1"/>'],
  ['far too much', `<rehearsal process="1" workstation="0a1b2c3d" begun="1">${'x'.repeat(2000)}</rehearsal>`],
])('takes %s for no mark', (_what, metadata) => {
  expect(readMark(metadata)).toBeUndefined();
});

describe('a process that was killed', () => {
  it('is gone as soon as it ended, though its parent takes no notice', async () => {
    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const [line] = (await once(parent.stdout, 'data')) as [Buffer];
      const child = Number(line.toString());
      expect(thisProcess.isAlive(child)).toBe(true);
      process.kill(child, 'SIGKILL');
      await eventually(() => expect(thisProcess.isAlive(child)).toBe(false));
      expect(process.kill(child, 0)).toBe(true);
    } finally {
      parent.kill('SIGKILL');
    }
  });
});
