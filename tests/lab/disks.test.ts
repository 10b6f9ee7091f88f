import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { guestLogDir, imagesDir, sharedImagesDir } from './layout.ts';
import { db01Pattern, Lab, waitFor, type GuestName, type HostName } from './lab.ts';
import { expectStripes, makeImage, plugIn, storageOf, type DiskSpec } from './support/guest-disks.ts';
import { expectRunsOn, guestLine, otherHost } from './support/guest-proof.ts';
import { viaduct, type ViaductOptions, type ViaductRun } from './support/viaduct.ts';

/** What the tests add to a guest; it has no pool on either host. */
const directory = '/srv/guests';
const main = { path: `${imagesDir}/db01.qcow2`, stripes: db01Pattern };
const data: DiskSpec = {
  path: `${directory}/data.qcow2`,
  sizeMiB: 64,
  stripes: [{ offsetMiB: 8, lengthMiB: 24, byte: 0x3c }],
};

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
});
/** Whatever a test plugged in or mounted. */
afterEach(async () => {
  for (const host of ['alpha', 'beta'] as const) {
    for (const guest of ['db01', 'web01'] as const) {
      await lab.run(host, ['virsh', 'detach-disk', guest, 'vdb', '--live']);
    }
    await lab.run(host, ['umount', directory]);
    await lab.run(host, ['rm', '-rf', directory]);
  }
});

function run(
  verb: 'migrate' | 'preflight',
  guest: GuestName,
  from: HostName,
  options: readonly string[],
  how: ViaductOptions = {},
): Promise<ViaductRun> {
  const uris = ['--source', lab.sshUri(from), '--destination', lab.sshUri(otherHost(from))];
  return viaduct([verb, guest, '--json', ...uris, ...options], how);
}

async function move(guest: GuestName, from: HostName, ...options: string[]): Promise<ViaductRun> {
  const moved = await run('migrate', guest, from, options);
  expect(moved.result, moved.stdout).toMatchObject({ outcome: 'migrated', runningOn: 'destination' });
  return moved;
}

/** Does `harm` once, when so many MiB of the disks are copied. */
async function moveAndHarm(
  options: readonly string[],
  afterMiB: number,
  harm: (interrupt: (signal?: NodeJS.Signals) => void) => unknown,
  environment: NodeJS.ProcessEnv = {},
): Promise<ViaductRun> {
  let harmed: unknown;
  const onLine: ViaductOptions['onLine'] = (line, interrupt) => {
    const disk = line['disk'] as { processedBytes: number } | undefined;
    if (line.type === 'progress' && Number(disk?.processedBytes) > afterMiB * 2 ** 20) {
      harmed ??= harm(interrupt) ?? true;
    }
  };
  const how = { onLine, environment };
  const result = await run('migrate', 'db01', 'alpha', ['--disks', 'copy', ...options], how);
  expect(harmed, result.stdout).toBeDefined();
  await harmed;
  return result;
}

/** web01 has no slot to plug a disk into while it runs. */
async function restartWith(path: string): Promise<void> {
  await lab.virsh('alpha', ['destroy', 'web01']);
  await lab.mustRun('alpha', ['truncate', '--size=0', `${guestLogDir}/web01-serial.log`]);
  const how = ['--driver', 'qemu', '--subdriver', 'qcow2', '--cache', 'none', '--config'];
  await lab.virsh('alpha', ['attach-disk', 'web01', path, 'vdb', ...how]);
  await lab.virsh('alpha', ['start', 'web01']);
  await waitFor('web01 prints again', () => lab.guestCounter('alpha', 'web01'), { timeoutMs: 120_000 });
}

const findings = ({ lines }: ViaductRun, id: string) =>
  lines.filter((line) => line.type === 'check' && line['id'] === id);

describe('a copy that does not come to its end leaves nothing behind', () => {
  it('cancelled in the middle', async () => {
    const before = await guestLine(lab, 'db01', 'alpha');
    const there = await storageOf(lab, 'beta', imagesDir);
    const cancelled = await moveAndHarm(['--bandwidth', '10'], 8, (interrupt) => interrupt());
    expect(cancelled.result, cancelled.stdout).toMatchObject({
      outcome: 'cancelled',
      runningOn: 'source',
      storage: { removed: [main.path], left: [] },
    });
    expect(await storageOf(lab, 'beta', imagesDir)).toEqual(there);
    await expectRunsOn(lab, 'alpha', 'db01', before);
  });

  it('with the daemon of the destination killed', async () => {
    const before = await guestLine(lab, 'db01', 'alpha');
    const there = await storageOf(lab, 'beta', imagesDir);
    const failed = await moveAndHarm(['--bandwidth', '10'], 8, () => lab.killProcess('beta', /libvirtd/));
    expect(failed.result, failed.stdout).toMatchObject({
      outcome: 'failed',
      runningOn: 'source',
      storage: { removed: [main.path], left: [] },
    });
    expect(await storageOf(lab, 'beta', imagesDir)).toEqual(there);
    await expectRunsOn(lab, 'alpha', 'db01', before);
  });

  it('with Viaduct killed, once it is started again', async () => {
    const before = await guestLine(lab, 'db01', 'alpha');
    const there = await storageOf(lab, 'beta', imagesDir);
    const home = await mkdtemp(join(tmpdir(), 'viaduct-disks-'));
    try {
      const environment = { VIADUCT_HOME: home };
      const kill = (interrupt: (signal: NodeJS.Signals) => void): void => interrupt('SIGKILL');
      const killed = await moveAndHarm(['--bandwidth', '10'], 8, kill, environment);
      expect(killed.result, 'it was killed before its end').toBeUndefined();
      const recovered = await viaduct(['recover', '--json'], { environment });
      expect(recovered.result, recovered.stdout).toMatchObject({ outcome: 'failed', runningOn: 'source' });
    } finally {
      await rm(home, { recursive: true });
    }
    expect(await storageOf(lab, 'beta', imagesDir)).toEqual(there);
    await expectRunsOn(lab, 'alpha', 'db01', before);
  });

  it('with a destination that is full: refused beforehand, or taken back', async () => {
    const before = await guestLine(lab, 'db01', 'alpha');
    await makeImage(lab, 'alpha', data);
    // A tmpfs knows no direct writes on this kernel, so this disk has a cache.
    await plugIn(lab, 'alpha', 'db01', { path: data.path, target: 'vdb', cache: 'writeback' });
    await lab.mustRun('beta', ['mkdir', '-p', directory]);
    await lab.mustRun('beta', ['mount', '-t', 'tmpfs', '-o', 'size=10m', 'tmpfs', directory]);
    const refused = await run('migrate', 'db01', 'alpha', ['--disks', 'copy']);
    expect(refused.result, refused.stdout).toMatchObject({
      outcome: 'refused',
      error: { code: 'destination.disk-space' },
    });
    expect(await storageOf(lab, 'beta', directory)).toEqual(['images']);

    await lab.mustRun('beta', ['mount', '-o', 'remount,size=40m', directory]);
    const failed = await moveAndHarm(['--bandwidth', '5'], 4, () =>
      lab.run('beta', ['dd', 'if=/dev/zero', `of=${directory}/filler`, 'bs=1M']),
    );
    expect(failed.result, failed.stdout).toMatchObject({
      outcome: 'failed',
      runningOn: 'source',
      storage: { left: [] },
    });
    expect(await storageOf(lab, 'beta', directory)).toEqual(['filler', 'images']);
    expect(await storageOf(lab, 'beta', imagesDir)).toEqual(['images']);
    await expectRunsOn(lab, 'alpha', 'db01', before);
  });
});

describe('a guest and its disks', () => {
  it('go there and back, into a pool and where there is none', async () => {
    let line = await guestLine(lab, 'db01', 'alpha');
    await makeImage(lab, 'alpha', data);
    await plugIn(lab, 'alpha', 'db01', { path: data.path, target: 'vdb' });

    const missing = await run('preflight', 'db01', 'alpha', ['--disks', 'copy']);
    expect(findings(missing, 'guest.disks')).toContainEqual(
      expect.objectContaining({ level: 'error', remedy: expect.stringContaining(directory) as string }),
    );
    await lab.mustRun('beta', ['mkdir', '-p', directory]);

    const there = await move('db01', 'alpha', '--disks', 'copy');
    expect(there.result?.['storage']).toEqual({ kept: [main.path, data.path], removed: [], left: [] });
    line = await expectRunsOn(lab, 'beta', 'db01', line);
    for (const disk of [main, data]) await expectStripes(lab, 'beta', 'db01', disk);
    expect(await storageOf(lab, 'beta', directory)).toEqual(['data.qcow2', 'images']);

    const back = await move('db01', 'beta', '--disks', 'copy');
    expect(findings(back, 'guest.disks').map(({ level }) => level)).toEqual(['warning', 'warning']);
    expect(back.result?.['storage']).toBeUndefined();
    await expectRunsOn(lab, 'alpha', 'db01', line);
    for (const disk of [main, data]) await expectStripes(lab, 'alpha', 'db01', disk);
    for (const host of ['alpha', 'beta'] as const) {
      expect(await storageOf(lab, host, imagesDir)).toEqual(['db01.qcow2', 'images']);
    }
  });

  it('go with their top layer alone', async () => {
    const base = { path: `${imagesDir}/base.qcow2`, sizeMiB: 64, stripes: data.stripes };
    const top: DiskSpec = {
      path: `${imagesDir}/top.qcow2`,
      sizeMiB: 64,
      stripes: [{ offsetMiB: 16, lengthMiB: 4, byte: 0x77 }],
      backing: base.path,
    };
    const line = await guestLine(lab, 'db01', 'alpha');
    await lab.mustRun('beta', ['rm', '-f', main.path]);
    for (const disk of [base, top]) await makeImage(lab, 'alpha', disk);
    await plugIn(lab, 'alpha', 'db01', { path: top.path, target: 'vdb' });
    const options = ['--disks', 'incremental'];
    const refused = await run('preflight', 'db01', 'alpha', options);
    expect(findings(refused, 'guest.disks').map(({ level }) => level)).toEqual(['info', 'error']);

    await makeImage(lab, 'beta', base);
    const moved = await move('db01', 'alpha', ...options);
    expect(findings(moved, 'guest.disks').map(({ level }) => level)).toEqual(['info', 'warning']);
    const info = JSON.parse(
      await lab.mustRun('beta', ['qemu-img', 'info', '-U', '--output=json', top.path]),
    ) as { 'full-backing-filename': string; 'actual-size': number };
    expect(info['full-backing-filename']).toBe(base.path);
    expect(info['actual-size']).toBeLessThan(10 * 2 ** 20);
    await expectStripes(lab, 'beta', 'db01', {
      path: top.path,
      stripes: [{ offsetMiB: 8, lengthMiB: 8, byte: 0x3c }, ...top.stripes],
    });
    await expectStripes(lab, 'beta', 'db01', main);
    await expectRunsOn(lab, 'beta', 'db01', line);
    await move('db01', 'beta', '--disks', 'copy');
  });

  it(
    'find shared storage to be shared, leave it in place and do not copy it onto itself',
    { timeout: 300_000 },
    async () => {
      const shared = { ...data, path: `${sharedImagesDir}/data.qcow2` };
      await makeImage(lab, 'alpha', shared);
      await plugIn(lab, 'alpha', 'db01', { path: shared.path, target: 'vdb' });
      let line = await guestLine(lab, 'db01', 'alpha');
      const onto = await run('migrate', 'db01', 'alpha', ['--disks', 'copy']);
      expect(onto.result, onto.stdout).toMatchObject({ outcome: 'refused', error: { code: 'guest.disks' } });
      expect(onto.stdout).toContain('onto itself');
      const other = await run('preflight', 'db01', 'alpha', ['--disks', 'copy', '--disk', 'vdb']);
      expect(findings(other, 'guest.disks').map(({ level }) => level)).toEqual(['error', 'error']);

      await move('db01', 'alpha', '--disks', 'copy', '--disk', 'vda');
      line = await expectRunsOn(lab, 'beta', 'db01', line);
      await expectStripes(lab, 'beta', 'db01', shared);
      await move('db01', 'beta', '--disks', 'copy', '--disk', 'vda');
      await expectRunsOn(lab, 'alpha', 'db01', line);
      await lab.virsh('alpha', ['detach-disk', 'db01', 'vdb', '--live']);

      await restartWith(shared.path);
      const web = await guestLine(lab, 'web01', 'alpha');
      await move('web01', 'alpha');
      await expectRunsOn(lab, 'beta', 'web01', web);
      await expectStripes(lab, 'beta', 'web01', shared);
      expect(await storageOf(lab, 'alpha', sharedImagesDir)).toEqual(['data.qcow2', 'images']);
    },
  );
});
