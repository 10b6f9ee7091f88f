import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { LibvirtClient } from '../../../../electron/libvirt/client.ts';
import {
  openExtTransport,
  openSshCommandTransport,
} from '../../../../electron/libvirt/transports/command.ts';
import { openProcessStream } from '../../../../electron/libvirt/transports/process-stream.ts';
import { SocketStream } from '../../../../electron/libvirt/transports/socket-stream.ts';
import { parseConnectUri } from '../../../../electron/libvirt/uri.ts';
import { FakeDaemon } from '../../../fakes/libvirt-daemon.ts';
import { eventually } from '../../eventually.ts';

const folder = mkdtempSync(join(tmpdir(), 'viaduct-process-'));
const socket = join(folder, 'libvirt-sock');
const server = createServer((peer) => new FakeDaemon(new SocketStream(peer)));
beforeAll(() => new Promise<void>((resolve) => server.listen(socket, resolve)));
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** Carries standard input and output to a socket, as netcat does. */
const netcat = `
const socket = require('node:net').connect(process.argv.at(-1));
process.stdin.pipe(socket).pipe(process.stdout);
socket.on('close', () => process.exit(0));
`;

function program(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o700 });
  return path;
}

const node = (name: string, script: string): string =>
  program(name, `#!/bin/sh\nexec ${process.execPath} -e "$(cat <<'EOF'\n${script}\nEOF\n)" -- "$@"\n`);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('a program as a byte stream', () => {
  it('carries bytes both ways, and its end is the end', async () => {
    const stream = await openProcessStream(['head', '-c', '5']);
    await stream.send(Buffer.from('hello'));
    expect(await readAll(stream)).toBe('hello');
    expect(await stream.closed).toBeUndefined();
  });

  it('keeps what a program wrote that ended before it was read', async () => {
    const stream = await openProcessStream(['printf', 'early']);
    await eventually(async () => {
      await expect(stream.send(Buffer.from('x'))).rejects.toThrow();
    });
    expect(await readAll(stream)).toBe('early');
  });

  it('breaks with the last words of a program that fails', async () => {
    const stream = await openProcessStream([
      program('fails', '#!/bin/sh\necho one >&2\necho the reason >&2\nexit 3\n'),
    ]);
    await expect(readAll(stream)).rejects.toMatchObject({
      code: 'transport-program-failed',
      message: expect.stringMatching(
        /fails, which carries the connection, ended with status 3: the reason\.$/,
      ) as string,
    });
  });

  it('stops a program that writes faster than it is read', async () => {
    const count = join(folder, 'count');
    const script = `
      const fs = require('node:fs');
      let written = 0;
      const more = () => {
        while (process.stdout.write(Buffer.alloc(65536))) written += 65536;
        fs.writeFileSync(process.argv.at(-1), String(written));
        process.stdout.once('drain', more);
      };
      more();`;
    const stream = await openProcessStream([node('floods', script), count]);
    await stream[Symbol.asyncIterator]().next();
    await eventually(() => expect(readFileSync(count, 'utf8')).not.toBe(''));
    expect(Number(readFileSync(count, 'utf8'))).toBeLessThan(2_000_000);
    stream.close();
  });

  it('ends the program and what it started, also what does not listen', async () => {
    const pids = join(folder, 'pids');
    const stubborn = program(
      'stubborn',
      `#!/bin/sh\ntrap '' TERM\nsleep 600 &\necho $$ $! > ${pids}\necho ready\nwhile :; do sleep 1; done\n`,
    );
    const stream = await openProcessStream([stubborn]);
    await stream[Symbol.asyncIterator]().next();
    const [parent = 0, child = 0] = readFileSync(pids, 'utf8').trim().split(' ').map(Number);
    expect([isAlive(parent), isAlive(child)]).toEqual([true, true]);
    stream.close();
    await eventually(() => expect([isAlive(parent), isAlive(child)]).toEqual([false, false]));
  });

  it('is not opened for a program that is not there', async () => {
    await expect(openProcessStream([join(folder, 'absent')])).rejects.toMatchObject({
      code: 'transport-program-missing',
    });
  });
});

describe('the transports that a program carries', () => {
  it('ext runs it without arguments and takes it down with the connection', async () => {
    const command = node('my_script', `process.argv.push(${JSON.stringify(socket)});${netcat}`);
    const uri = parseConnectUri(`qemu+ext:///system?command=${command}`);
    const client = await LibvirtClient.open(await openExtTransport(uri), { name: uri.remoteName });
    await client.close();
    expect(await client.closed).toBeUndefined();
  });

  it('ssh with command= runs the named program with the words of the design', async () => {
    const said = join(folder, 'said');
    const command = node(
      'my_ssh',
      `require('node:fs').writeFileSync(${JSON.stringify(said)}, process.argv.slice(1).join(' '));${netcat}`,
    );
    const uri = parseConnectUri(`qemu+ssh://me@far/system?command=${command}&socket=${socket}`);
    const client = await LibvirtClient.open(await openSshCommandTransport(uri), { name: uri.remoteName });
    await client.close();
    expect(readFileSync(said, 'utf8')).toBe(`-p 22 -l me far nc -U ${socket}`);
  });

  it.each([
    ['echo Welcome', 'transport-polluted', /my_ext brings other text before libvirt answers: "Welcome"/],
    ['exit 0', 'transport-silent', /my_ext ended before its first answer/],
    ['echo no route >&2; exit 255', 'transport-program-failed', /status 255: no route/],
  ])('a program that does "%s" is told apart', async (script, code, message) => {
    const command = program('my_ext', `#!/bin/sh\n${script}\n`);
    const opening = openExtTransport(parseConnectUri(`qemu+ext:///system?command=${command}`));
    await expect(opening).rejects.toMatchObject({ code });
    await expect(opening).rejects.toThrow(message);
  });

  it('gives up when the caller does, and leaves nothing running', async () => {
    const pid = join(folder, 'pid');
    const command = program('silent', `#!/bin/sh\necho $$ > ${pid}\nexec sleep 600\n`);
    const stop = new AbortController();
    const opening = openExtTransport(parseConnectUri(`qemu+ext:///system?command=${command}`), {
      signal: stop.signal,
    });
    await eventually(() => expect(readFileSync(pid, 'utf8')).toMatch(/\d\n/));
    stop.abort();
    await expect(opening).rejects.toMatchObject({ code: 'transport-cancelled' });
    await eventually(() => expect(isAlive(Number(readFileSync(pid, 'utf8')))).toBe(false));
  });
});
