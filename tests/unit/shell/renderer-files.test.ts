import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRendererFile } from '../../../electron/shell/renderer-files.ts';

let outside: string;
let rendererDir: string;

beforeAll(async () => {
  outside = await mkdtemp(join(tmpdir(), 'viaduct-files-'));
  rendererDir = join(outside, 'screen');
  await mkdir(join(rendererDir, 'assets'), { recursive: true });
  await writeFile(join(outside, 'secret.js'), 'secret');
  await writeFile(join(rendererDir, 'index.html'), 'page');
  await writeFile(join(rendererDir, 'assets', 'index-B_1.min.js'), 'script');
});

afterAll(() => rm(outside, { recursive: true }));

describe('readRendererFile', () => {
  it('reads the page for the root and files by their names', async () => {
    expect((await readRendererFile(rendererDir, '/'))?.contentType).toBe('text/html; charset=utf-8');
    const script = await readRendererFile(rendererDir, '/assets/index-B_1.min.js');
    expect(Buffer.from(script?.bytes ?? []).toString()).toBe('script');
  });

  it('opens nothing outside the folder, whatever is asked', async () => {
    const part = fc.constantFrom(
      '..',
      '.',
      '/',
      '\\',
      '%2e',
      '%2f',
      '%00',
      '\0',
      'secret.js',
      'assets',
      '~',
      ':',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
        expect(await readRendererFile(rendererDir, `/${parts.join('')}`)).toSatisfy(
          (file) => file === undefined || parts.join('') === '',
        );
      }),
    );
  });
});
