import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { execute } from './command.ts';
import { canaryBytes, canarySha256, type HostName, hosts, Lab } from './lab.ts';

const hostUuid = /<uuid>([0-9a-f-]{36})<\/uuid>/;
const web01 = 'web01';
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
});

async function migrate(source: HostName, destination: HostName, flags: readonly string[]): Promise<void> {
  const uri = `qemu+tls://${hosts[destination].fqdn}/system`;
  await lab.virsh(
    source,
    ['migrate', '--live', '--persistent', '--undefinesource', ...flags, web01, uri],
    110_000,
  );
}

function connects(
  host: HostName,
  port: number,
  address = hosts[host].address,
): Promise<'accepted' | 'refused' | 'silent'> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: 1000 });
    const settle = (outcome: 'accepted' | 'refused' | 'silent') => () => {
      socket.destroy();
      resolve(outcome);
    };
    socket.on('connect', settle('accepted')).on('error', settle('refused')).on('timeout', settle('silent'));
  });
}

describe('the hosts', () => {
  test('are two different ones to libvirt', async () => {
    const uuids = await Promise.all(
      (['alpha', 'beta'] as const).map(
        async (host) => hostUuid.exec(await lab.virsh(host, ['capabilities']))?.[1],
      ),
    );
    expect(new Set(uuids).size).toBe(2);
    expect(uuids).not.toContain(undefined);
  });

  test('reach each other over libvirt TLS', async () => {
    const names = await lab.mustRun('alpha', ['virsh', '-c', 'qemu+tls://beta.lab/system', 'hostname']);
    expect(names.trim()).toBe('beta.lab');
  });

  test('are reached over IPv6 as over IPv4, by name, and by an address that their certificate has', async () => {
    const { fqdn, address, address6 } = hosts.beta;
    for (const port of [22, 16514]) expect(await connects('beta', port, address6)).toBe('accepted');
    const found = await lookup(fqdn, { all: true });
    expect(found.map((entry) => entry.address).toSorted()).toEqual([address, address6].toSorted());
    const uri = `qemu+tls://[${address6}]/system`;
    expect((await lab.mustRun('alpha', ['virsh', '-c', uri, 'hostname'])).trim()).toBe(fqdn);
  });

  test('let the operator administer guests without being root', async () => {
    const login = [
      'ssh',
      '-i',
      lab.keyFile,
      '-o',
      `UserKnownHostsFile=${lab.knownHosts}`,
      '-o',
      'BatchMode=yes',
    ];

    const list = [...login, 'operator@alpha.lab', 'id -un; virsh -c qemu:///system list --name'];
    const { stdout } = await execute(list);
    expect(stdout).toMatch(/^operator\n/);
    expect(stdout).toContain(web01);
  });
});

describe('a guest', () => {
  test('runs on alpha only, counts on, and knows its canary', async () => {
    expect(await lab.whereRuns(web01)).toEqual({ alpha: 'running', beta: 'absent' });
    const line = await lab.guestCounter('alpha', web01);
    if (!line) throw new Error('web01 has printed nothing');
    expect(line.canary).toBe(canarySha256);
    await lab.guestGoesOn('alpha', web01, line);
  });

  test('moves to beta over TLS unseen, and back in the clear seen, and is the same guest all the way', async () => {
    const begin = await lab.guestCounter('alpha', web01);
    if (!begin) throw new Error('web01 has printed nothing');

    await using encrypted = await lab.capture();
    await migrate('alpha', 'beta', ['--p2p', '--tls']);
    const overTls = await encrypted.stop();
    expect(await lab.whereRuns(web01)).toEqual({ alpha: 'absent', beta: 'running' });
    const there = await lab.guestGoesOn('beta', web01, begin);
    expect(overTls).toMatchObject({ dropped: 0 });
    expect(await overTls.count(canaryBytes)).toBe(0);

    await using plain = await lab.capture();
    await migrate('beta', 'alpha', ['--p2p']);
    const inTheClear = await plain.stop();
    expect(await lab.whereRuns(web01)).toEqual({ alpha: 'running', beta: 'absent' });
    await lab.guestGoesOn('alpha', web01, there);
    expect(await inTheClear.count(canaryBytes)).toBeGreaterThan(100);
  });

  test('is refused by a destination with a certificate of the wrong name, until that is restored', async () => {
    await lab.issueHostCertificates('beta', { purposes: ['qemu'], names: ['elsewhere.lab'], addresses: [] });
    // Which side's words come first depends on QEMU's version: the destination sees a stream that ends at once.
    await expect(migrate('alpha', 'beta', ['--p2p', '--tls'])).rejects.toThrow(
      /TLS channel|does not match the hostname|Not a migration stream/,
    );
    expect(await lab.whereRuns(web01)).toEqual({ alpha: 'running', beta: 'absent' });
    await lab.restoreHostCertificates('beta');
    await migrate('alpha', 'beta', ['--p2p', '--tls']);
    expect(await lab.whereRuns(web01)).toEqual({ alpha: 'absent', beta: 'running' });
  });
});

describe('a test', () => {
  test('can block a port for a while, in either manner', async () => {
    expect(await connects('beta', 16514)).toBe('accepted');
    {
      await using blocks = new AsyncDisposableStack();
      blocks.use(await lab.blockPort('beta', { from: 16500, to: 16599 }, 'drop'));
      expect(await connects('beta', 16514)).toBe('silent');
    }
    {
      await using blocks = new AsyncDisposableStack();
      blocks.use(await lab.blockPort('beta', 16514, 'reject'));
      expect(await connects('beta', 16514)).toBe('refused');
    }
    expect(await connects('beta', 16514)).toBe('accepted');
  });

  test('can kill a process of a host', async () => {
    expect(await lab.killProcess('alpha', /guest=db01/)).toBe(1);
    expect(await lab.killProcess('alpha', /no such process/)).toBe(0);
  });

  test('finds everything as at first after a reset, whatever was done', async () => {
    await lab.blockPort('alpha', 22, 'drop');
    await lab.mustRun('beta', ['rm', '-r', '/etc/pki/qemu']);
    await lab.mustRun('beta', ['qemu-img', 'create', '-q', '/var/lib/libvirt/images/left-over.img', '1M']);
    await lab.virsh('alpha', ['pool-destroy', 'images']);
    await lab.startKerberos();
    await lab.useModularDaemons('alpha');
    await lab.setLogins('beta', 'libvirtd', { auth_tls: 'sasl', auth_unix_rw: 'sasl' }, ['tls', 'tcp']);
    await lab.setPolkitVerdict('beta', 'no');

    await lab.reset();

    expect(await lab.whereRuns(web01)).toEqual({ alpha: 'running', beta: 'absent' });
    expect(await lab.whereRuns('db01')).toEqual({ alpha: 'running', beta: 'absent' });
    expect(await connects('alpha', 22)).toBe('accepted');
    expect(await lab.mustRun('beta', ['stat', '-c', '%a %G', '/etc/pki/qemu/server-key.pem'])).toBe(
      '640 libvirt-qemu\n',
    );
    expect(await lab.virsh('beta', ['vol-list', 'images'])).not.toContain('left-over');
    expect(await lab.virsh('alpha', ['pool-info', 'images'])).toMatch(/State:\s+running/);
    expect(await connects('alpha', 88)).toBe('refused');
    expect((await lab.run('alpha', ['systemctl', 'is-active', 'virtqemud.socket'])).stdout).toBe(
      'inactive\n',
    );
    expect(await lab.mustRun('alpha', ['virsh', '-c', 'qemu+tls://beta.lab/system', 'hostname'])).toContain(
      'beta',
    );
    expect(await connects('beta', 16509)).toBe('refused');
    expect((await lab.run('beta', ['ls', '/etc/polkit-1/rules.d'])).stdout).toBe('');
  });
});
