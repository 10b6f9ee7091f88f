import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SharedSysctls } from '../../lab/sysctl.ts';

let dir: string;
let setting: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lab-sysctl-'));
  mkdirSync(join(dir, 'proc', 'vm'), { recursive: true });
  setting = join(dir, 'proc', 'vm', 'unprivileged_userfaultfd');
  writeFileSync(setting, '0\n');
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

const value = (): string => readFileSync(setting, 'utf8').trim();

function newLab(name: string): SharedSysctls {
  const stateDir = join(dir, name);
  mkdirSync(stateDir, { recursive: true });
  return new SharedSysctls(stateDir, join(dir, 'notes'), join(dir, 'proc'));
}

test('one lab puts back what it found, once', async () => {
  const lab = newLab('one');
  await lab.set();
  await lab.set();
  expect(value()).toBe('1');
  await lab.restore();
  expect(value()).toBe('0');
  writeFileSync(setting, '1\n');
  await lab.restore();
  expect(value()).toBe('1');
});

test.each([
  ['the first', 0],
  ['the second', 1],
])('%s of two labs that goes leaves the setting to the other', async (_which, first) => {
  const labs = [newLab('one'), newLab('two')];
  for (const lab of labs) await lab.set();
  const [earlier, later] = first === 0 ? labs : labs.toReversed();
  await earlier?.restore();
  expect(value()).toBe('1');
  await later?.restore();
  expect(value()).toBe('0');
});

test('a lab that is gone without a word keeps nobody from putting the setting back', async () => {
  await newLab('gone').set();
  const lab = newLab('one');
  await lab.set();
  rmSync(join(dir, 'gone'), { recursive: true });
  await lab.restore();
  expect(value()).toBe('0');
});
