import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openRelay, socketName, type Relay } from '../../../../electron/hosts/relay/open-relay.ts';
import { tryRelayEnd } from '../../../../electron/hosts/relay/try-relay-end.ts';
import { signal, TestSshd } from '../../ssh/sshd.ts';
import { endOver, owner, runFolder } from './relay-over-sshd.ts';

let source: TestSshd;
let destination: TestSshd;
beforeAll(async () => {
  [source, destination] = await Promise.all([TestSshd.start(), TestSshd.start()]);
});
afterAll(async () => {
  await Promise.all([source.stop(), destination.stop()]);
});

const cleaning: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleaning.splice(0).reverse()) await clean();
});

async function open(withDisks = false, stop?: AbortSignal, silenceSeconds?: number): Promise<Relay> {
  const options = silenceSeconds === undefined ? {} : { silenceSeconds };
  const ends = {
    source: endOver(source, source.keyFile, options),
    destination: endOver(destination, destination.keyFile, options),
  };
  const owners = { source: owner, destination: owner };
  const relay = await openRelay({ ends, owners, guestName: 'web01', withDisks }, stop);
  cleaning.push(() => relay.close());
  return relay;
}

const leftovers = (): string[] => [source, destination].flatMap((sshd) => readdirSync(runFolder(sshd)));

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

/** As a lost connection: what runs on the host for the session stays. */
function killSessions(sshd: TestSshd): void {
  const sessions = sshd.connectionPids().filter((pid) => nameOf(pid) === 'sshd');
  for (const pid of sessions) signal(pid, 'SIGKILL');
}

/** As a link that is dead without a word: sshd keeps the session, and nothing arrives. */
function silenceSessions(sshd: TestSshd): void {
  const sessions = sshd.connectionPids().filter((pid) => nameOf(pid) === 'sshd');
  for (const pid of sessions) signal(pid, 'SIGSTOP');
  cleaning.push(() => {
    for (const pid of sessions) signal(pid, 'SIGKILL');
  });
}

/** The same, seen from the host: nothing comes from this machine any more. */
function silenceClients({ keyFile }: TestSshd): void {
  const clients = readdirSync('/proc')
    .map(Number)
    .filter((pid) => nameOf(pid) === 'ssh' && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(keyFile));
  expect(clients).not.toHaveLength(0);
  for (const pid of clients) signal(pid, 'SIGSTOP');
  cleaning.push(() => {
    for (const pid of clients) signal(pid, 'SIGKILL');
  });
}

/** Plays the destination's QEMU. */
async function listen(path: string, serve: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    serve(socket);
  }).listen(path);
  await once(server, 'listening');
  cleaning.push(() => server.close());
  return server;
}

function connectTo(path: string): Socket {
  const socket = connect({ path, allowHalfOpen: true });
  socket.on('error', () => undefined);
  cleaning.push(() => socket.destroy());
  return socket;
}

describe('a relay between two hosts', { timeout: 40_000 }, () => {
  it('carries both directions, and a direction that ends lets the other go on', async () => {
    const relay = await open();
    await listen(relay.destination.memory, (socket) => {
      const chunks: Buffer[] = [];
      socket.on('data', (chunk) => chunks.push(chunk));
      // QEMU's return path speaks after all has come.
      socket.on('end', () => socket.end(`got ${Buffer.concat(chunks).length}`));
    });
    const guest = connectTo(relay.source.memory);
    guest.end(Buffer.alloc(3_000_000, 7));
    const [said] = (await once(guest, 'data')) as [Buffer];
    expect(said.toString()).toBe('got 3000000');
    await once(guest, 'end');
  });

  it('lets any number of connections through at once, and disks through a socket of their own', async () => {
    const relay = await open(true);
    await listen(relay.destination.memory, (socket) => socket.pipe(socket));
    await listen(relay.destination.disks ?? '', (socket) => socket.end('disk'));
    const channels = [1, 2, 3].map((number) => {
      const socket = connectTo(relay.source.memory);
      socket.write(`channel ${number}`);
      return once(socket, 'data');
    });
    const said = (await Promise.all(channels)).map(([chunk]) => String(chunk));
    expect(said).toEqual(['channel 1', 'channel 2', 'channel 3']);
    expect(String((await once(connectTo(relay.source.disks ?? ''), 'data'))[0])).toBe('disk');
  });

  it('makes the sender wait for the reader: what is on the way is bounded', async () => {
    const relay = await open();
    const accepted = Promise.withResolvers<Socket>();
    await listen(relay.destination.memory, (socket) => {
      socket.pause();
      accepted.resolve(socket);
    });
    const guest = connectTo(relay.source.memory);
    const block = Buffer.alloc(1_048_576);
    let taken = 0;
    let lastAt = performance.now();
    const goOn = (): void => {
      guest.write(block, () => {
        taken += block.length;
        lastAt = performance.now();
        if (taken < 256 * block.length) goOn();
      });
    };
    goOn();
    const reader = await accepted.promise;
    await expect.poll(() => performance.now() - lastAt, { timeout: 20_000 }).toBeGreaterThan(1_500);
    // A window of 2 MiB and as much of buffers on each leg, and what the kernel holds.
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(24 * 1_048_576);
    const stalledAt = taken;
    reader.resume();
    await expect.poll(() => taken, { timeout: 20_000 }).toBeGreaterThan(stalledAt);
  });

  it('gives the folders to QEMU’s user alone, and removes them all at its end', async () => {
    const relay = await open();
    expect(leftovers()).toHaveLength(2);
    for (const sshd of [source, destination]) {
      const [name = ''] = readdirSync(runFolder(sshd));
      const { mode, uid, gid } = statSync(`${runFolder(sshd)}/${name}`);
      expect([mode & 0o777, uid, gid]).toEqual([0o700, owner.uid, owner.gid]);
    }
    expect(statSync(relay.source.memory).mode & 0o777).toBe(0o600);
    await relay.close();
    expect(leftovers()).toEqual([]);
    await expect(relay.broken).resolves.toBeUndefined();
    await relay.close();
  });

  it.each(['source', 'destination'] as const)(
    'says which session broke, ends what it carried, and leaves nothing, when the %s is lost',
    async (side) => {
      const relay = await open();
      const arrived = Promise.withResolvers<Socket>();
      await listen(relay.destination.memory, (socket) => {
        socket.on('end', () => socket.end());
        socket.once('data', () => arrived.resolve(socket));
      });
      const guest = connectTo(relay.source.memory);
      guest.on('end', () => guest.end()).resume();
      guest.write('on the way');
      const qemu = await arrived.promise;
      const closed = Promise.all([once(guest, 'close'), once(qemu, 'close')]);
      killSessions({ source, destination }[side]);
      expect(await relay.broken).toMatchObject({ code: 'relay.session', side });
      await closed;
      // The hosts clear up by themselves: the application may be gone as well.
      await expect.poll(leftovers, { timeout: 10_000 }).toHaveLength(1);
      await relay.close();
      expect(leftovers()).toEqual([]);
    },
  );

  it('leaves nothing on a host that hears nothing of this machine any more', async () => {
    const relay = await open(false, undefined, 3);
    const [onSource] = readdirSync(runFolder(source));
    const openedAt = performance.now();
    // It stands for longer than that where the host hears of it.
    await expect.poll(() => performance.now() - openedAt, { timeout: 10_000 }).toBeGreaterThan(5_000);
    expect(leftovers()).toHaveLength(2);
    silenceSessions(destination);
    await expect.poll(leftovers, { timeout: 15_000 }).toEqual([onSource]);
    await relay.close();
    expect(leftovers()).toEqual([]);
  });

  it('breaks what is connected once the host has heard nothing for a while', async () => {
    const relay = await open(false, undefined, 3);
    await listen(relay.destination.memory, (socket) => socket.pipe(socket));
    const guest = connectTo(relay.source.memory);
    guest.write('still here');
    await once(guest, 'data');
    const ended = once(guest, 'end');
    silenceClients(source);
    await ended;
    expect(leftovers()).toHaveLength(1);
  });

  it('is given up while it opens, and leaves nothing', async () => {
    await expect(open(false, AbortSignal.abort())).rejects.toMatchObject({ code: 'relay.cancelled' });
    expect(leftovers()).toEqual([]);
  });

  it('names a login that would have to ask, and leaves nothing', async () => {
    const ends = {
      source: endOver(source),
      destination: endOver(destination, destination.makeKey('stranger')),
    };
    const owners = { source: owner, destination: owner };
    await expect(openRelay({ ends, owners, guestName: 'web01', withDisks: false })).rejects.toMatchObject({
      ...{ code: 'relay.session', side: 'destination' },
      message: expect.stringContaining('Permission denied') as string,
    });
    expect(leftovers()).toEqual([]);
  });
});

describe('the trial of an end', { timeout: 40_000 }, () => {
  it('sends a byte to the host and back', async () => {
    await tryRelayEnd(endOver(source), owner);
    expect(leftovers()).toEqual([]);
  });

  it.each(['no', 'local', 'remote'])('fails where the server forwards %s sockets', async (setting) => {
    const sshd = await TestSshd.start([`AllowStreamLocalForwarding ${setting}`]);
    cleaning.push(() => sshd.stop());
    await expect(tryRelayEnd(endOver(sshd), owner)).rejects.toMatchObject({
      code: expect.stringMatching(/^relay\.(session|forwarding)$/) as string,
      remedy: expect.stringContaining('AllowStreamLocalForwarding') as string,
    });
    expect(readdirSync(runFolder(sshd))).toEqual([]);
  });
});

it('names sockets so that AppArmor lets QEMU listen, where the guest’s name allows it', () => {
  const folder = '/run/libvirt/viaduct-0123456789abcdef';
  expect(socketName('memory', 'web-01.a', folder)).toBe('memory.tunnelmigrate.dest.web-01.a');
  for (const name of ['a:b', 'a b', 'ä', '%h', 'x'.repeat(60)]) {
    expect(socketName('memory', name, folder)).toBe('memory');
  }
});
