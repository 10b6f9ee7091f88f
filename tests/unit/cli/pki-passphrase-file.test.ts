import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readPassphraseFile } from '../../../electron/cli/commands/pki/passphrase-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'viaduct-passphrase-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function read(content: string | Buffer, mode = 0o600): Promise<{ text: string; warnings: string[] }> {
  const path = join(folder, 'passphrase');
  rmSync(path, { force: true });
  writeFileSync(path, content, { mode });
  const warnings: string[] = [];
  const passphrase = await readPassphraseFile(path, (sentence) => warnings.push(sentence));
  return { text: passphrase.reveal(), warnings };
}

describe('a passphrase file', () => {
  it.each([
    ['a line', 'correct horse\n', 'correct horse'],
    ['a line without its end', 'correct horse', 'correct horse'],
    ['a line of Windows', 'correct horse\r\n', 'correct horse'],
    ['a line with blanks around it', ' correct horse \n', ' correct horse '],
    ['more than ASCII', 'ąß日\n', 'ąß日'],
  ])('holds %s', async (_what, content, text) => {
    expect(await read(content)).toEqual({ text, warnings: [] });
  });

  it.each([
    ['nothing', '', 'bad-passphrase'],
    ['an empty line', '\n', 'bad-passphrase'],
    ['two lines', 'one\ntwo\n', 'bad-passphrase'],
    ['too long a line', 'x'.repeat(1100), 'bad-passphrase'],
    ['too much', 'x\n'.repeat(3000), 'passphrase-file-unreadable'],
    ['no UTF-8', Buffer.from([0xff, 0xfe, 0x41]), 'passphrase-file-unreadable'],
  ])('is refused when it holds %s', async (_what, content, code) => {
    await expect(read(content)).rejects.toMatchObject({ code });
  });

  it.each([
    ['/nowhere/x', 'there is no such file'],
    ['/', 'it is a folder'],
    ['/dev/zero', 'it is too large to be a passphrase'],
  ])('is not %s: %s', async (path, reason) => {
    await expect(readPassphraseFile(path, () => undefined)).rejects.toMatchObject({
      code: 'passphrase-file-unreadable',
      message: `The passphrase file ${path} cannot be used: ${reason}.`,
    });
  });

  it.each([0o640, 0o604, 0o644])('of the mode %o is warned of', async (mode) => {
    const { text, warnings } = await read('correct horse', mode);
    expect([text, warnings.length]).toEqual(['correct horse', 1]);
    expect(warnings[0]).not.toContain('horse');
  });

  it('may be a pipe', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', ['-m', '644', pipe]);
    const warnings: string[] = [];
    const [passphrase] = await Promise.all([
      readPassphraseFile(pipe, (sentence) => warnings.push(sentence)),
      writeFile(pipe, 'from a pipe\n'),
    ]);
    expect([passphrase.reveal(), warnings]).toEqual(['from a pipe', []]);
  });
});
