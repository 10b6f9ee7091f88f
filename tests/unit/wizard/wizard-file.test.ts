import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { WizardFile, type WizardChoices } from '../../../electron/wizard/wizard-file.ts';

let home: string;
let path: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'viaduct-wizard-file-'));
  path = join(home, 'wizard.json');
  return () => rmSync(home, { recursive: true });
});

const choices: WizardChoices = {
  step: 'names',
  hosts: [{ hostId: 'a', connectUri: 'qemu+ssh://a/system', names: ['a.lab'] }],
  authority: 'Lab CA',
  namesSeen: true,
  wishes: { listener: true, firewall: false, forceTls: true, allowOnlyKnown: false },
};

it('gives back what was kept, in a file for its owner alone', async () => {
  const file = new WizardFile(home);
  expect(await file.read()).toBeUndefined();
  await Promise.all([file.write({ ...choices, step: 'hosts' }), file.write(choices)]);
  expect(await new WizardFile(home).read()).toEqual(choices);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it.each([
  ['half a file', '{"version":1,"cho'],
  ['no object', '17'],
  ['no version', JSON.stringify({ choices })],
  ['another step', JSON.stringify({ version: 1, choices: { ...choices, step: 'elsewhere' } })],
  ['more than is known', JSON.stringify({ version: 1, choices: { ...choices, more: 1 } })],
  ['endless names', JSON.stringify({ version: 1, choices: { ...choices, authority: 'x'.repeat(5000) } })],
])('refuses %s', async (_, content) => {
  writeFileSync(path, content);
  await expect(new WizardFile(home).read()).rejects.toMatchObject({ code: 'wizard-file-damaged' });
});

it('tells a newer file from a damaged one', async () => {
  const newer = JSON.stringify({ version: 2, something: 'else' });
  writeFileSync(path, newer);
  await expect(new WizardFile(home).read()).rejects.toMatchObject({ code: 'wizard-file-newer' });
  expect(readFileSync(path, 'utf8')).toBe(newer);
});
