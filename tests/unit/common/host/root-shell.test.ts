import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf, putHostFile, readHostFile } from '../../../../electron/common/host/host-files.ts';
import type { HostShell } from '../../../../electron/common/host/host-shell.ts';
import { RootShell } from '../../../../electron/common/host/root-shell.ts';
import {
  askingOnce,
  noSudoPrompts,
  type SudoPrompts,
} from '../../../../electron/common/host/sudo-prompts.ts';

const password = 'planted secret';

/** As sudo behaves: asks on standard input unless a rule needs no password, and leaves the rest of it alone. */
const sudo = `#!/bin/bash
mode=$(/bin/cat "$SIM/mode")
echo "$*" | /usr/bin/head -c 300 >>"$SIM/sudo.log"
silent=; [ "$1" = -n ] && silent=1
while [ "$1" != -- ]; do shift; done; shift
case $mode in
  free) exec "$@" ;;
  none) echo "sudo: operator is not in the sudoers file" >&2; exit 1 ;;
esac
[ -z "$silent" ] || { echo 'sudo: a password is required' >&2; exit 1; }
IFS= read -r line
[ "$line" = "${password}" ] || { echo 'sudo: 1 incorrect password attempt' >&2; exit 1; }
exec "$@"
`;

let folder: string;
let argvs: string[][];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'viaduct-root-'));
  argvs = [];
  tool('id', '#!/bin/sh\ncase $1 in -u) echo 1000 ;; *) echo operator ;; esac\n');
  tool('sudo', sudo);
});
afterEach(() => rmSync(folder, { recursive: true }));

function tool(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
  chmodSync(join(folder, name), 0o755);
}

function shell(mode: 'free' | 'none' | 'asks'): HostShell {
  writeFileSync(join(folder, 'mode'), mode);
  return {
    exec: (argv, options = {}) =>
      new Promise((resolve, reject) => {
        argvs.push([...argv]);
        const words = argv.map((word) => (word === '/run/viaduct-setup.lock' ? join(folder, 'lock') : word));
        const env = { PATH: `${folder}:/usr/bin:/bin`, SIM: folder };
        const child = execFile(
          words[0] ?? '',
          words.slice(1),
          { env, encoding: 'buffer' },
          (error, stdout, stderr) => {
            const code = error === null ? 0 : error.code;
            if (typeof code === 'number') resolve({ code, stdout, stderr: stderr.toString() });
            else if (code === 'ENOENT') resolve({ code: 127, stdout, stderr: '' });
            else reject(error ?? new Error('no exit code'));
          },
        );
        child.stdin?.on('error', () => undefined);
        child.stdin?.end(options.stdin);
      }),
  };
}

function answering(...answers: (string | undefined)[]): SudoPrompts & { asked: number } {
  const prompts = {
    interactive: true,
    asked: 0,
    askSudoPassword: () => Promise.resolve(answers[prompts.asked++]),
  };
  return prompts;
}

const open = (mode: 'free' | 'none' | 'asks', prompts: SudoPrompts) =>
  RootShell.open(shell(mode), 'alpha', prompts);

describe('becoming root', () => {
  it('needs nothing for root', async () => {
    tool('id', '#!/bin/sh\necho 0\n');
    expect((await open('none', noSudoPrompts)).privilege).toBe('root');
  });

  it('asks nobody where sudo does not', async () => {
    const prompts = answering();
    expect((await open('free', prompts)).privilege).toBe('sudo');
    expect(prompts.asked).toBe(0);
  });

  it('asks again for a password that was wrong', async () => {
    const prompts = answering('wrong', password);
    expect((await open('asks', prompts)).privilege).toBe('sudo-password');
    expect(prompts.asked).toBe(2);
  });

  it.each<[string, 'none' | 'asks', SudoPrompts, RegExp]>([
    ['not in sudoers', 'none', answering(password), /may not become root.*not in the sudoers file/],
    ['nobody to ask', 'asks', noSudoPrompts, /nobody can be asked/],
    ['the person gives up', 'asks', answering(undefined), /was not given/],
    ['always wrong', 'asks', answering('a', 'b', 'c', password), /did not accept/],
  ])('says what is missing: %s', async (_, mode, prompts, message) => {
    const error: unknown = await open(mode, prompts).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'host-rights' });
    expect(String(error)).toMatch(message);
    expect((error as { remedy: string }).remedy).toMatch(/\w/);
  });

  it('says so where there is no sudo', async () => {
    rmSync(join(folder, 'sudo'));
    tool('sudo', '#!/bin/sh\nexit 127\n');
    await expect(open('asks', answering(password))).rejects.toThrow(/has no sudo/);
  });

  it('asks once for a run, and again for one that was wrong', async () => {
    const prompts = answering('wrong', password);
    const once = askingOnce(prompts);
    await open('asks', once);
    await open('asks', once);
    expect(prompts.asked).toBe(2);
  });
});

describe('a file as root', () => {
  const change = (path: string, content: string) => ({
    path,
    mode: 0o640,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    before: 'absent',
    after: digestOf(Buffer.from(content)),
  });

  it.each(['asks', 'free'] as const)(
    'holds its content and nothing of the password (sudo %s)',
    async (mode) => {
      const root = await open('asks', answering(password));
      // What sudo no longer asks for must not be taken for the file.
      writeFileSync(join(folder, 'mode'), mode);
      const path = join(folder, 'file');
      await putHostFile(root, change(path, 'content\n'), Buffer.from('content\n'), 't1');
      expect(readFileSync(path, 'utf8')).toBe('content\n');
      expect(statSync(path).mode & 0o777).toBe(0o640);
      expect((await readHostFile(root, path, 100))?.content.toString()).toBe('content\n');
      expect(argvs.flat().join(' ')).not.toContain(password);
      expect(readFileSync(join(folder, 'sudo.log'), 'utf8')).not.toContain(password);
      expect(JSON.stringify(root) + inspect(root, { depth: 9, showHidden: true })).not.toContain(password);
    },
  );

  it('is never seen half, nor wider than it will be, while it is written', async () => {
    tool('id', '#!/bin/sh\necho 0\n');
    tool('sync', '#!/bin/sh\nstat -c "%a" "$SIM"/file.viaduct-t1.new >>"$SIM/modes" 2>/dev/null; true\n');
    tool('cat', '#!/bin/sh\nstat -c "%a %s" "$SIM"/file.viaduct-t1.new >>"$SIM/modes"; exec /bin/cat "$@"\n');
    const root = await open('none', noSudoPrompts);
    await putHostFile(root, change(join(folder, 'file'), 'x'), Buffer.from('x'), 't1');
    expect(readFileSync(join(folder, 'modes'), 'utf8')).toBe('640 0\n640\n');
  });

  it('is not touched when its content does not arrive whole, or it is not as planned', async () => {
    tool('id', '#!/bin/sh\necho 0\n');
    const root = await open('none', noSudoPrompts);
    const path = join(folder, 'file');
    await expect(putHostFile(root, change(path, 'whole'), Buffer.from('who'), 't1')).rejects.toMatchObject({
      code: 'host-input-cut-off',
    });
    expect(await readHostFile(root, path, 100)).toBeUndefined();
    writeFileSync(path, 'somebody else');
    await expect(putHostFile(root, change(path, 'whole'), Buffer.from('whole'), 't1')).rejects.toMatchObject({
      code: 'host-file-changed',
    });
    expect(readFileSync(path, 'utf8')).toBe('somebody else');
  });

  it('waits for another change of the same host, and says so when that does not end', async () => {
    tool('id', '#!/bin/sh\necho 0\n');
    tool('flock', '#!/bin/sh\nexit 1\n');
    const root = await open('none', noSudoPrompts);
    await expect(
      putHostFile(root, change(join(folder, 'file'), 'x'), Buffer.from('x'), 't1'),
    ).rejects.toMatchObject({ code: 'host-busy' });
  });
});
