import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { unitsOf } from './daemons.ts';
import { hosts, Lab, waitFor } from './lab.ts';
import { openRouteClient } from './support/route-client.ts';
import { restartSshd } from './support/sshd.ts';
import { viaduct, type ViaductRun } from './support/viaduct.ts';

const forbidding = '/etc/ssh/sshd_config.d/forbid-forwarding.conf';
const helper = '/usr/bin/virt-ssh-helper';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
});
afterEach(async () => {
  await lab.mustRun('alpha', ['rm', '-f', forbidding]);
  await lab.run('alpha', ['mv', `${helper}.hidden`, helper]);
  await restartSshd(lab, 'alpha');
});

async function forbidForwarding(): Promise<void> {
  await lab.mustRun('alpha', ['tee', forbidding], { stdin: 'AllowStreamLocalForwarding no\n' });
  await restartSshd(lab, 'alpha');
}

function expectGuests(run: ViaductRun): void {
  expect(run.stderr).not.toMatch(/\n\s+at /);
  expect(run.code, run.stderr).toBe(0);
  expect(run.lines.map(({ name }) => name)).toEqual(['db01', 'web01']);
}

describe('the ways to a daemon', () => {
  it('ssh as root forwards to its socket, and has nothing to remark', async () => {
    const run = await viaduct(['guests', lab.sshUri('alpha'), '--json']);
    expectGuests(run);
    expect(run.stderr).toBe('');
  });

  it('ssh as a member of the group libvirt', async () => {
    expectGuests(await viaduct(['guests', lab.sshUri('alpha', 'operator'), '--json']));
  });

  it('tls with both certificates', async () => {
    expectGuests(await viaduct(['guests', lab.tlsUri('alpha'), '--json']));
  });

  it('virt-ssh-helper where the server forbids forwarding, and says so', async () => {
    await forbidForwarding();
    const run = await viaduct(['guests', lab.sshUri('alpha'), '--json']);
    expectGuests(run);
    expect(run.stderr).toMatch(/alpha\.lab: .*forward/);
  });

  it('netcat where virt-ssh-helper is missing as well, and says both', async () => {
    await forbidForwarding();
    await lab.mustRun('alpha', ['mv', helper, `${helper}.hidden`]);
    const run = await viaduct(['guests', lab.sshUri('alpha'), '--json']);
    expectGuests(run);
    expect(run.stderr).toMatch(/forward/);
    expect(run.stderr).toContain('virt-ssh-helper');
  });
});

const guests = ['db01', 'web01'];

/** Every way to write where a host is. */
const spellings: [string, string][] = [
  ['its name', hosts.alpha.fqdn],
  ['its IPv4 address', hosts.alpha.address],
  ['its IPv6 address', `[${hosts.alpha.address6}]`],
];

describe('each network transport, by name and by addresses of both families', () => {
  it.each(spellings)('ssh to %s', async (_what, place) => {
    const query = `keyfile=${lab.keyFile}&known_hosts=${lab.knownHosts}`;
    await using host = await openRouteClient(`qemu+ssh://root@${place}/system?${query}`);
    expect(await host.guests()).toEqual(guests);
    expect(host.daemon).toBe('libvirtd');
  });

  it.each(spellings)('tls to %s', async (_what, place) => {
    await using host = await openRouteClient(`qemu+tls://${place}/system?pkipath=${lab.pkiPath}`);
    expect(await host.guests()).toEqual(guests);
    expect([host.daemon, host.route.security.level]).toEqual([undefined, 'verified']);
  });

  it('tcp to all three, shown insecure', async () => {
    await using undo = new AsyncDisposableStack();
    undo.use(await lab.setLogins('alpha', 'libvirtd', { auth_tcp: 'none' }, ['tcp', 'tls']));
    for (const [, place] of spellings) {
      await using host = await openRouteClient(`qemu+tcp://${place}/system`);
      expect(await host.guests()).toEqual(guests);
      expect([host.route.security.level, host.route.encrypted]).toEqual(['insecure', false]);
      expect(await host.route.shell(undefined)).toBeUndefined();
    }
  });
});

describe('a program that carries the connection', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'viaduct-carry-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const ssh = () => `ssh -i ${lab.keyFile} -o UserKnownHostsFile=${lab.knownHosts}`;
  async function program(name: string, text: string): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, `#!/bin/sh\n${text}\n`, { mode: 0o700 });
    return path;
  }

  it('ext: what the script does is all there is, and it goes with the connection', async () => {
    const pid = join(folder, 'pid');
    const command = await program(
      'carry',
      `echo $$ > ${pid}\nexec ${ssh()} root@alpha.lab nc -U /run/libvirt/libvirt-sock`,
    );
    {
      await using host = await openRouteClient(`qemu+ext:///system?command=${command}`);
      expect(await host.guests()).toEqual(guests);
      expect(host.route.security.level).toBe('insecure');
    }
    const path = `/proc/${(await readFile(pid, 'utf8')).trim()}`;
    await waitFor('the program has ended', () => Promise.resolve(existsSync(path) ? undefined : true), {
      timeoutMs: 10_000,
    });
  });

  it('ssh with command=: the words of the design reach a real ssh, which gives a shell as well', async () => {
    const said = join(folder, 'said');
    const command = await program('my-ssh', `echo "$@" >> ${said}\nexec ${ssh()} "$@"`);
    await using host = await openRouteClient(`qemud+ssh://root@alpha.lab/system?command=${command}`);
    expect(await host.guests()).toEqual(guests);
    expect(await readFile(said, 'utf8')).toBe(
      '-p 22 -l root alpha.lab nc -U /var/run/libvirt/libvirt-sock\n',
    );
    const shell = await host.route.shell(undefined);
    const words = ["it's", '$HOME', 'a b'];
    const printed = await shell?.exec(['printf', '%s|', ...words]);
    expect(Buffer.from(printed?.stdout ?? []).toString()).toBe(`${words.join('|')}|`);
  });

  it('says in the words of ssh why it could not', async () => {
    const command = await program('my-ssh-2', 'exec ssh -o BatchMode=yes -o StrictHostKeyChecking=yes "$@"');
    const opening = openRouteClient(`qemu+ssh://nobody@alpha.lab/system?command=${command}`);
    await expect(opening).rejects.toMatchObject({
      code: 'transport-program-failed',
      message: expect.stringMatching(/status 255: .*(?:verification failed|denied)/i) as string,
    });
  });
});

describe("the login user's own daemon", () => {
  const session = () => lab.sshUri('alpha', 'operator').replace('/system', '/session');

  it('is started by virt-ssh-helper, and then reached at the socket in the folder that the host names', async () => {
    await using first = await openRouteClient(session());
    expect(await first.guests()).toEqual([]);
    await using second = await openRouteClient(session());
    expect(await second.guests()).toEqual([]);
    expect([second.route.transport, second.daemon]).toEqual(['ssh', 'libvirtd']);
    // Netcat on that socket, the way of the design: its folder is left to the host's shell.
    const folder = await mkdtemp(join(tmpdir(), 'viaduct-session-'));
    try {
      const command = join(folder, 'my-ssh');
      const script = `#!/bin/sh\nexec ssh -i ${lab.keyFile} -o UserKnownHostsFile=${lab.knownHosts} "$@"\n`;
      await writeFile(command, script, { mode: 0o700 });
      await using third = await openRouteClient(`qemud+ssh://operator@alpha.lab/session?command=${command}`);
      expect(await third.guests()).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('modular daemons', () => {
  it('are found and named: virtproxyd where libvirtd was, virtqemud where there is no virtproxyd', async () => {
    await using undo = new AsyncDisposableStack();
    undo.use(await lab.useModularDaemons('alpha'));
    {
      await using ssh = await openRouteClient(lab.sshUri('alpha'));
      await using tls = await openRouteClient(lab.tlsUri('alpha'));
      await using direct = await openRouteClient(`${lab.sshUri('alpha')}&mode=direct`);
      await using reading = await openRouteClient(`${lab.sshUri('alpha')}&mode=direct`, { readOnly: true });
      for (const host of [ssh, tls, direct, reading]) expect(await host.guests()).toEqual(guests);
      expect([ssh, tls, direct, reading].map(({ daemon }) => daemon)).toEqual([
        'virtproxyd (modular)',
        undefined,
        'virtqemud (modular)',
        'virtqemud (modular)',
      ]);
    }
    await lab.mustRun('alpha', ['systemctl', 'stop', ...unitsOf('virtproxyd')]);
    await using alone = await openRouteClient(lab.sshUri('alpha'));
    expect(await alone.guests()).toEqual(guests);
    expect(alone.daemon).toBe('virtqemud (modular)');
    expect(alone.route.notes.join()).toContain('There is no socket /run/libvirt/libvirt-sock');
  });
});

describe('a daemon that drives something else', () => {
  const driven = (uri: string, driver: string, path: string) =>
    uri.replace(/^qemu/, driver).replace('/system', path);

  it('is looked at like any other, and no guest is moved from it', async () => {
    const uri = driven(lab.sshUri('alpha'), 'test', '/default');
    const run = await viaduct(['guests', uri, '--json']);
    expect(run.code, run.stderr).toBe(0);
    expect(run.lines).toMatchObject([{ name: 'test', state: 'running', vcpus: 2 }]);

    const opened = `${lab.sshUri('alpha')}&name=test:///default`;
    const refused = await viaduct([
      ...['preflight', 'test', '--source', opened, '--destination', lab.sshUri('beta'), '--json'],
    ]);
    expect(refused.code, refused.stderr).toBe(3);
    expect(refused.lines).toContainEqual(
      expect.objectContaining({ id: 'connection.source', level: 'error', side: 'source' }),
    );
  });

  it('is asked for by the names of 2007, and says when it has no such driver', async () => {
    const run = await viaduct(['guests', driven(lab.sshUri('alpha'), 'xend', '/')]);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('"xen" today');
    expect(run.stderr).toContain('no connection driver available for xen:///');
  });
});
