import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { chmodSync, symlinkSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ByteStream } from '../../../electron/common/byte-stream.ts';
import { noPrompts } from '../../../electron/ssh/prompts.ts';
import { SshSession } from '../../../electron/ssh/session.ts';
import { signal, TestSshd } from './sshd.ts';
import { eventually } from '../eventually.ts';

const MIB = 1024 * 1024;

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let sshd: TestSshd;
let forbidding: TestSshd;
let session: SshSession;
let echo: Server;
let echoPath: string;
const opened: SshSession[] = [];

beforeAll(async () => {
  vi.stubEnv('SSH_AUTH_SOCK', undefined);
  [sshd, forbidding] = await Promise.all([
    TestSshd.start(),
    TestSshd.start(['AllowStreamLocalForwarding no', 'MaxSessions 2']),
  ]);
  session = await connectTo(sshd);
  echoPath = sshd.path('echo.sock');
  echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  await new Promise<void>((resolve) => echo.listen(echoPath, resolve));
});
afterEach(() => opened.splice(0).forEach((other) => other.close()));
afterAll(async () => {
  session.close();
  echo.close();
  await Promise.all([sshd.stop(), forbidding.stop()]);
  vi.unstubAllEnvs();
});

function connectTo(server: TestSshd, keepaliveIntervalMs?: number): Promise<SshSession> {
  return SshSession.connect(
    {
      host: '127.0.0.1',
      port: server.port,
      user: server.user,
      keyFile: server.keyFile,
      knownHostsFile: server.knownHostsFile,
    },
    {
      prompts: noPrompts,
      acceptedKeysFile: server.path('accepted'),
      sshConfigFile: 'none',
      ...(keepaliveIntervalMs !== undefined && { keepaliveIntervalMs }),
    },
  );
}

async function another(server: TestSshd, keepaliveIntervalMs?: number): Promise<SshSession> {
  const other = await connectTo(server, keepaliveIntervalMs);
  opened.push(other);
  return other;
}

async function readBytes(stream: ByteStream, count: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= count) break;
  }
  return Buffer.concat(chunks);
}

async function readAll(stream: ByteStream): Promise<Buffer> {
  return readBytes(stream, Number.POSITIVE_INFINITY);
}

it('tells what its handshake agreed on, with whom and over which port', () => {
  expect([session.host, session.security]).toMatchObject([
    '127.0.0.1',
    {
      ...{ port: sshd.port, user: sshd.user, hostKeyEvidence: 'record' },
      hostKeyFingerprint: expect.stringMatching(/^SHA256:/) as string,
      cipher: 'aes256-gcm@openssh.com',
    },
  ]);
});

describe('exec', () => {
  it('gives exit status, output and standard error', async () => {
    const result = await session.exec(['sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect(result).toMatchObject({ code: 7, stderr: 'err' });
    expect(result.stdout.toString()).toBe('out\n');
  });

  it('passes arguments through the login shell unharmed', async () => {
    const argv = ["it's", '$(id)', '`id`', 'a;b', '', '*', 'two\nlines', 'back\\slash', '"', '-n', 'ü€😀'];
    const { stdout } = await session.exec(['printf', '%s\\0', ...argv]);
    expect(stdout.toString().split('\0').slice(0, -1)).toEqual(argv);
  });

  it('sends standard input and closes it', async () => {
    const stdin = randomBytes(3 * MIB);
    const { stdout } = await session.exec(['cat'], { stdin });
    expect(stdout.equals(stdin)).toBe(true);
  });

  it('answers 127 for a program that does not exist', async () => {
    await expect(session.exec(['no-such-program'])).resolves.toMatchObject({ code: 127 });
  });

  it('fails when the output is larger than allowed', async () => {
    await expect(session.exec(['cat', '/dev/zero'], { maxOutputBytes: MIB })).rejects.toMatchObject({
      code: 'ssh-command-failed',
      message: expect.stringContaining('more than 1048576 bytes') as string,
    });
  });

  it('fails when a signal ends the command', async () => {
    await expect(session.exec(['sh', '-c', 'kill -9 $$'])).rejects.toMatchObject({
      code: 'ssh-command-failed',
      message: expect.stringContaining('SIGKILL') as string,
    });
  });

  it('gives up at its deadline and when cancelled', async () => {
    await expect(session.exec(['sleep', '600'], { deadlineMs: 200 })).rejects.toMatchObject({
      code: 'ssh-cancelled',
    });
    const abort = new AbortController();
    const running = session.exec(['sleep', '600'], { signal: abort.signal });
    abort.abort();
    await expect(running).rejects.toMatchObject({ code: 'ssh-cancelled' });
  });

  it('queues what goes beyond the sessions that a server allows', async () => {
    const narrow = await another(forbidding);
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, index) => narrow.exec(['sh', '-c', `sleep 0.05; echo ${index}`])),
    );
    expect(results.map(({ stdout }) => Number(stdout.toString()))).toEqual(results.map((_, index) => index));
  });

  it('removes control characters from standard error', async () => {
    const { stderr } = await session.exec(['sh', '-c', String.raw`printf '\033[31mred\033[0m\007' >&2`]);
    expect(stderr).toBe('[31mred[0m');
  });
});

describe('a stream through a command', () => {
  it('carries 5 MB both ways unchanged', async () => {
    const data = randomBytes(5_000_000);
    const stream = await session.openExecStream(['cat']);
    const [back] = await Promise.all([readBytes(stream, data.length), stream.send(data)]);
    expect(back.equals(data)).toBe(true);
    await expect(stream.closed).resolves.toBeUndefined();
  });

  it('holds the sender back while nobody reads', async () => {
    const stream = await session.openExecStream(['cat']);
    const block = Buffer.alloc(MIB, 1);
    let sent = 0;
    const sending = (async (): Promise<void> => {
      for (let index = 0; index < 24; index++) {
        await stream.send(block);
        sent++;
      }
    })();
    sending.catch(() => undefined);
    await eventually(() => expect(sent).toBeGreaterThan(2));
    const roundTrips = Array.from({ length: 5 }, () => session.exec(['true']));
    await Promise.all(roundTrips);
    expect(sent).toBeLessThan(16);
    const back = await readBytes(stream, 24 * MIB);
    await sending;
    expect(back.length).toBe(24 * MIB);
  });

  it('ends in order when the program ends with status 0', async () => {
    const stream = await session.openExecStream(['echo', 'done']);
    expect((await readAll(stream)).toString()).toBe('done\n');
    await expect(stream.closed).resolves.toBeUndefined();
  });

  it('breaks with the end of standard error when the program fails', async () => {
    const stream = await session.openExecStream(['sh', '-c', 'echo half; echo no such domain >&2; exit 3']);
    await expect(readAll(stream)).rejects.toMatchObject({
      code: 'ssh-command-failed',
      exitCode: 3,
      stderr: 'no such domain',
      message: expect.stringContaining('no such domain') as string,
    });
  });

  it('breaks in a way of its own when the program does not exist', async () => {
    const stream = await session.openExecStream(['virt-ssh-helper-not-here', 'qemu:///system']);
    await expect(readAll(stream)).rejects.toMatchObject({ code: 'ssh-command-not-found', exitCode: 127 });
  });

  it('refuses to send once closed, and ends the reader', async () => {
    const stream = await session.openExecStream(['cat']);
    const reading = readAll(stream);
    stream.close();
    stream.close();
    await expect(reading).resolves.toHaveLength(0);
    await expect(stream.send(Buffer.from('x'))).rejects.toMatchObject({ code: 'ssh-cancelled' });
    await expect(stream.closed).resolves.toBeUndefined();
  });

  it('ends the program when it is closed', async () => {
    const stream = await session.openExecStream(['sh', '-c', 'echo $$; exec cat']);
    const pid = Number((await readBytes(stream, 2)).toString());
    await eventually(async () => {
      expect((await session.exec(['kill', '-0', String(pid)])).code, `process ${pid} still runs`).not.toBe(0);
    });
  });
});

describe('a stream to a unix socket', () => {
  it('carries bytes both ways, many streams over one connection', async () => {
    await Promise.all(
      Array.from({ length: 15 }, async () => {
        const data = randomBytes(300_000);
        const stream = await session.openUnixSocket(echoPath);
        const [back] = await Promise.all([readBytes(stream, data.length), stream.send(data)]);
        expect(back.equals(data)).toBe(true);
      }),
    );
  });

  it('ends in order when the service closes', async () => {
    const path = sshd.path('brief.sock');
    const brief = createServer((socket) => socket.end('bye'));
    await new Promise<void>((resolve) => brief.listen(path, resolve));
    try {
      const stream = await session.openUnixSocket(path);
      expect((await readAll(stream)).toString()).toBe('bye');
      await expect(stream.closed).resolves.toBeUndefined();
    } finally {
      brief.close();
    }
  });

  it('says that the socket is missing', async () => {
    await expect(session.openUnixSocket('/nowhere/libvirt-sock')).rejects.toMatchObject({
      code: 'ssh-socket-missing',
    });
  });

  it('says that the server forbids forwarding, although the socket is there', async () => {
    const other = await another(forbidding);
    await expect(other.openUnixSocket(echoPath)).rejects.toMatchObject({
      code: 'ssh-forwarding-refused',
      remedy: expect.stringContaining('AllowStreamLocalForwarding') as string,
    });
    await expect(other.openUnixSocket('/nowhere/libvirt-sock')).rejects.toMatchObject({
      code: 'ssh-socket-missing',
    });
  });

  it('says that a restricted key may not forward', async () => {
    const keyFile = sshd.makeKey('restricted');
    sshd.authorize(keyFile, 'restrict');
    const { port, user, knownHostsFile } = sshd;
    const restricted = await SshSession.connect(
      { host: '127.0.0.1', port, user, keyFile, knownHostsFile },
      { prompts: noPrompts, acceptedKeysFile: sshd.path('accepted'), sshConfigFile: 'none' },
    );
    opened.push(restricted);
    await expect(restricted.openUnixSocket(echoPath)).rejects.toMatchObject({
      code: 'ssh-forwarding-refused',
    });
  });

  it.each(['libvirt-sock', '/a\0b', `/${'x'.repeat(107)}`])('refuses the path %j', async (path) => {
    await expect(session.openUnixSocket(path)).rejects.toMatchObject({ code: 'ssh-bad-target' });
  });
});

describe('files on the host', () => {
  it('are read whole, up to a limit', async () => {
    const path = sshd.write('data', 'x'.repeat(100_000));
    await expect(session.readFile(path, 100_000)).resolves.toHaveLength(100_000);
    await expect(session.readFile(path, 99_999)).rejects.toMatchObject({
      code: 'ssh-command-failed',
      message: expect.stringContaining('larger than 99999 bytes') as string,
    });
  });

  it('are read where the size is not known before', async () => {
    expect((await session.readFile('/proc/self/status', 100_000))?.toString()).toContain('Name:');
  });

  it('are undefined where they do not exist', async () => {
    await expect(session.readFile(sshd.path('nothing'), 10)).resolves.toBeUndefined();
    await expect(session.stat(sshd.path('nothing'))).resolves.toBeUndefined();
  });

  it('have kind, size, owner and mode, symbolic links followed', async () => {
    const path = sshd.write('stat-me', 'four');
    chmodSync(path, 0o640);
    symlinkSync(path, sshd.path('link'));
    await expect(session.stat(sshd.path('link'))).resolves.toMatchObject({
      kind: 'file',
      sizeBytes: 4,
      uid: process.getuid?.(),
      mode: 0o640,
    });
    await expect(session.stat(sshd.folder)).resolves.toMatchObject({ kind: 'directory' });
    await expect(session.stat(echoPath)).resolves.toMatchObject({ kind: 'socket' });
  });

  it('do not exhaust the sessions of the connection', async () => {
    const narrow = await another(forbidding);
    const path = forbidding.write('many', 'data');
    const all = await Promise.all(Array.from({ length: 12 }, () => narrow.readFile(path, 10)));
    expect(all.map(String)).toEqual(all.map(() => 'data'));
  });
});

describe('a link that breaks', () => {
  it('breaks all that is open when the server is killed', async () => {
    const other = await another(forbidding);
    const stream = await other.openExecStream(['cat']);
    await stream.send(Buffer.from('hello'));
    const running = other.exec(['sleep', '600']);
    const outcomes = Promise.all([
      expect(readAll(stream)).rejects.toMatchObject({ code: 'ssh-link-lost' }),
      expect(running).rejects.toMatchObject({ code: 'ssh-link-lost' }),
      expect(stream.closed).resolves.toMatchObject({ code: 'ssh-link-lost' }),
      expect(other.closed).resolves.toMatchObject({ code: 'ssh-link-lost' }),
    ]);
    forbidding.connectionPids().forEach((pid) => signal(pid, 'SIGKILL'));
    await outcomes;
    await expect(stream.send(Buffer.from('x'))).rejects.toMatchObject({ code: 'ssh-link-lost' });
    await expect(other.exec(['true'])).rejects.toMatchObject({ code: 'ssh-link-lost' });
    await expect(other.openUnixSocket(echoPath)).rejects.toMatchObject({ code: 'ssh-link-lost' });
  });

  it('is seen within three keepalive intervals when the host goes silent', async () => {
    const other = await another(forbidding, 100);
    const stream = await other.openExecStream(['cat']);
    const reading = readAll(stream);
    const pids = forbidding.connectionPids();
    pids.forEach((pid) => signal(pid, 'SIGSTOP'));
    try {
      await expect(reading).rejects.toMatchObject({ code: 'ssh-link-lost' });
    } finally {
      pids.forEach((pid) => signal(pid, 'SIGCONT'));
    }
  });

  it('is let go of when the host goes silent just before the close', async () => {
    const sockets = (): number =>
      process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
    const before = sockets();
    const other = await another(forbidding);
    const pids = forbidding.connectionPids();
    pids.forEach((pid) => signal(pid, 'SIGSTOP'));
    try {
      other.close();
      await expect.poll(sockets, { timeout: 10_000 }).toBe(before);
    } finally {
      pids.forEach((pid) => signal(pid, 'SIGCONT'));
    }
  });

  it('is no error when we close it ourselves', async () => {
    const other = await another(sshd);
    other.close();
    await expect(other.closed).resolves.toBeUndefined();
    await expect(other.exec(['true'])).rejects.toMatchObject({ code: 'ssh-link-lost' });
  });
});
