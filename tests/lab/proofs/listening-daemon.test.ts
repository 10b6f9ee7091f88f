import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hosts, Lab } from '../lab.ts';
import { stateOf } from '../support/bare-host.ts';
import { guestLine } from '../support/guest-proof.ts';
import { viaduct, type ViaductRun } from '../support/viaduct.ts';

/*
 * A daemon as it was before systemd woke it: its sockets are masked, and it listens by itself when it is started with
 * --listen.
 */

const sockets = ['libvirtd', 'libvirtd-ro', 'libvirtd-admin', 'libvirtd-tls', 'libvirtd-tcp'].map(
  (name) => `${name}.socket`,
);

let lab: Lab;
let home: string;
beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
  home = await mkdtemp(join(tmpdir(), 'viaduct-listening-'));
  await lab.mustRun('alpha', ['systemctl', 'stop', 'libvirtd.service', ...sockets]);
  await lab.mustRun('alpha', ['systemctl', 'mask', ...sockets]);
  await lab.mustRun('alpha', ['systemctl', 'start', 'libvirtd.service']);
});
afterAll(async () => {
  await lab.mustRun('alpha', ['systemctl', 'unmask', ...sockets]);
  await rm(home, { recursive: true });
});

const host = (...args: string[]): Promise<ViaductRun> =>
  viaduct(['host', ...args, '--json'], { environment: { VIADUCT_HOME: home } });

describe('a daemon that is not woken by systemd', () => {
  it('is recognised, made to listen for TLS, and as before after undo', async () => {
    const before = await stateOf(lab, 'alpha');
    const guest = await guestLine(lab, 'web01', 'alpha');
    const [inspected] = (await host('inspect', lab.sshUri('alpha'))).lines;
    expect(inspected).toMatchObject({ layout: { kind: 'libvirtd-listen' }, tls: { listening: false } });
    const prepare = ['prepare', lab.sshUri('alpha'), '--peer', hosts.beta.address, '--yes'];
    const prepared = await host(...prepare);
    expect(prepared.code, prepared.stderr).toBe(0);
    expect(await lab.mustRun('alpha', ['cat', '/etc/default/libvirtd'])).toContain(
      '\nLIBVIRTD_ARGS="--listen"\n',
    );
    const uri = `qemu+tls://${hosts.alpha.fqdn}/system`;
    expect(await lab.mustRun('beta', ['virsh', '-c', uri, 'hostname'])).toContain('alpha');
    expect((await host(...prepare)).result).toMatchObject({ outcome: 'unchanged' });
    expect((await host('undo', lab.sshUri('alpha'), '--yes')).code).toBe(0);
    expect(await stateOf(lab, 'alpha')).toEqual(before);
    expect((await lab.run('beta', ['virsh', '-c', uri, 'hostname'])).exitCode).not.toBe(0);
    await lab.guestGoesOn('alpha', 'web01', guest);
  });
});
