import { describe, expect, it } from 'vitest';

import type { ByteStream } from '../../../../electron/common/byte-stream.ts';
import { ViaductError } from '../../../../electron/common/errors.ts';
import { LibvirtClient } from '../../../../electron/libvirt/client.ts';
import { openSshStream, type SshChannelOpener } from '../../../../electron/libvirt/transports/ssh.ts';
import { parseConnectUri } from '../../../../electron/libvirt/uri.ts';
import { FakeDaemon } from '../../../fakes/libvirt-daemon.ts';
import { streamPair } from '../../../fakes/stream-pair.ts';

type Outcome = 'daemon' | 'silent' | 'ends' | { banner: string } | { fails: string } | { breaks: string };

/** An SSH session to a host that has what `host` lists; everything else is missing. */
function session(host: {
  sockets?: Record<string, Outcome>;
  programs?: Record<string, Outcome>;
  userFolder?: string;
}) {
  const tried: string[] = [];
  const open = (outcome: Outcome): Promise<ByteStream> => {
    const pair = streamPair();
    if (outcome === 'daemon') new FakeDaemon(pair.server);
    else if (outcome === 'ends') pair.server.close();
    else if (outcome !== 'silent') {
      if ('fails' in outcome) return Promise.reject(new ViaductError(outcome.fails, `${outcome.fails}.`));
      if ('breaks' in outcome) pair.breakLink(new ViaductError(outcome.breaks, `${outcome.breaks}.`));
      else {
        new FakeDaemon(pair.server).sendRaw(Buffer.from(outcome.banner));
      }
    }
    return Promise.resolve(pair.client);
  };
  const opener: SshChannelOpener = {
    openUnixSocket: (path) => {
      tried.push(path);
      return open(host.sockets?.[path] ?? { fails: 'ssh-socket-missing' });
    },
    openExecStream: (argv) => {
      tried.push(argv.join(' '));
      return open(host.programs?.[argv[0] ?? ''] ?? { breaks: 'ssh-command-not-found' });
    },
    userFolder: () => Promise.resolve(host.userFolder),
  };
  return { opener, tried };
}

const legacy = '/run/libvirt/libvirt-sock';
const direct = '/run/libvirt/virtqemud-sock';
const uri = parseConnectUri('qemu+ssh://root@alpha.lab/system');
const refused = {
  [legacy]: { fails: 'ssh-forwarding-refused' },
  [direct]: { fails: 'ssh-forwarding-refused' },
};

async function works(stream: ByteStream): Promise<void> {
  const client = await LibvirtClient.open(stream, { name: 'qemu:///system' });
  await client.close();
}

describe('reaching a daemon through an SSH session', () => {
  it('goes to the socket of libvirtd first, without a note', async () => {
    const { opener, tried } = session({ sockets: { [legacy]: 'daemon' } });
    const { stream, via, notes } = await openSshStream(opener, { uri });
    expect({ via, notes, tried }).toEqual({ via: 'socket', notes: [], tried: [legacy] });
    await works(stream);
  });

  it('goes to the socket of virtqemud where libvirtd has none, and says so', async () => {
    const { opener } = session({ sockets: { [direct]: 'daemon' } });
    const { stream, via, notes } = await openSshStream(opener, { uri });
    expect({ via, notes }).toEqual({ via: 'socket', notes: [`${legacy}: ssh-socket-missing.`] });
    await works(stream);
  });

  it('runs virt-ssh-helper where the server forbids forwarding, and does not ask twice', async () => {
    const { opener, tried } = session({ sockets: refused, programs: { 'virt-ssh-helper': 'daemon' } });
    const { stream, via, notes } = await openSshStream(opener, { uri });
    expect({ via, notes, tried }).toEqual({
      via: 'virt-ssh-helper',
      notes: [`${legacy}: ssh-forwarding-refused.`],
      tried: [legacy, 'virt-ssh-helper qemu:///system'],
    });
    await works(stream);
  });

  it('runs netcat where there is no helper either', async () => {
    const { opener, tried } = session({ sockets: refused, programs: { nc: 'daemon' } });
    const { stream, via, notes } = await openSshStream(opener, { uri, readOnly: false });
    expect(via).toBe('netcat');
    expect(notes).toHaveLength(2);
    expect(tried.at(-1)).toBe(`nc -U ${legacy}`);
    await works(stream);
  });

  it('tries the next program when one ends without an answer', async () => {
    const { opener } = session({ sockets: refused, programs: { 'virt-ssh-helper': 'ends', nc: 'daemon' } });
    const { via, socket, notes } = await openSshStream(opener, { uri });
    expect({ via, socket }).toEqual({ via: 'netcat', socket: legacy });
    expect(notes[1]).toBe('virt-ssh-helper: virt-ssh-helper on the host ended before its first answer.');
  });

  it('names every attempt when nothing works', async () => {
    const { opener, tried } = session({});
    await expect(openSshStream(opener, { uri })).rejects.toMatchObject({
      code: 'ssh-no-way',
      message: expect.stringMatching(/libvirt-sock: .*virtqemud-sock: .*virt-ssh-helper: .*nc: /) as string,
    });
    expect(tried).toHaveLength(5);
  });

  it('quotes the text that a login shell prints into the connection', async () => {
    const { opener } = session({
      sockets: refused,
      programs: { 'virt-ssh-helper': { banner: 'Welcome to alpha!\n' } },
    });
    await expect(openSshStream(opener, { uri })).rejects.toMatchObject({
      code: 'transport-polluted',
      message: expect.stringContaining('"Welcome to alpha!"') as string,
    });
  });

  it('gives up on a program that stays silent', async () => {
    const { opener } = session({ sockets: refused, programs: { 'virt-ssh-helper': 'silent' } });
    await expect(openSshStream(opener, { uri, probeTimeoutMs: 10 })).rejects.toMatchObject({
      code: 'transport-timeout',
    });
  });

  it('stops when the caller says so', async () => {
    const { opener } = session({ sockets: refused, programs: { 'virt-ssh-helper': 'silent' } });
    const stop = new AbortController();
    const opening = openSshStream(opener, { uri, signal: stop.signal });
    stop.abort();
    await expect(opening).rejects.toMatchObject({ code: 'transport-cancelled' });
  });

  it('does not look for another way when the session itself is lost', async () => {
    const { opener, tried } = session({ sockets: { [legacy]: { fails: 'ssh-link-lost' } } });
    await expect(openSshStream(opener, { uri })).rejects.toMatchObject({ code: 'ssh-link-lost' });
    expect(tried).toHaveLength(1);
  });

  it("goes to the socket of the login user's own daemon, which has none for reading only", async () => {
    const socket = '/run/user/1000/libvirt/virtqemud-sock';
    const { opener, tried } = session({ userFolder: '/run/user/1000', sockets: { [socket]: 'daemon' } });
    const opened = await openSshStream(opener, {
      uri: parseConnectUri('qemu+ssh://h/session'),
      readOnly: true,
    });
    expect(opened).toMatchObject({ via: 'socket', socket });
    expect(tried).toEqual(['/run/user/1000/libvirt/libvirt-sock', socket]);
    await works(opened.stream);
  });

  it.each([
    ['qemu+ssh://h/session', false, ['virt-ssh-helper qemu:///session']],
    ['qemu+ssh://h/system?proxy=native', true, ['virt-ssh-helper -r qemu:///system']],
    ['qemu+ssh://h/system?proxy=netcat&mode=legacy', false, [`nc -U ${legacy}`]],
    ['qemu+ssh://h/system?netcat=ncat&socket=/s', false, ['ncat -U /s']],
    ['qemu+ssh://h/system?socket=/s', false, ['/s', 'nc -U /s']],
    [
      'qemu+ssh://h/system?mode=direct&proxy=auto',
      true,
      [
        '/run/libvirt/virtqemud-sock-ro',
        'virt-ssh-helper -r qemu:///system',
        'nc -U /run/libvirt/virtqemud-sock-ro',
      ],
    ],
  ])('%s (read-only: %s) tries only %s', async (text, readOnly, expected) => {
    const { opener, tried } = session({});
    await expect(openSshStream(opener, { uri: parseConnectUri(text), readOnly })).rejects.toThrow(
      ViaductError,
    );
    expect(tried).toEqual(expected);
  });
});
