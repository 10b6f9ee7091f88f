import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { noSudoPrompts } from '../../../electron/common/host/sudo-prompts.ts';
import { RootShell } from '../../../electron/common/host/root-shell.ts';
import { CertificateHand, type StagedFile } from '../../../electron/deploy/certificate-hand.ts';
import { treesOf, type TreeFile } from '../../../electron/deploy/trees.ts';
import { SimulatedHost, type Cut } from '../setup/simulated/simulated-host.ts';

vi.setConfig({ testTimeout: 120_000 });

const trees = treesOf('/etc/pki/qemu', 64_055);
const files: TreeFile[] = [
  ...trees.authorities,
  ...trees.places.flatMap(({ key, certificate }) => [key, certificate]),
];
/** Quick, and each file tells of which set it is. */
const openssl = `#!/bin/sh
case $1 in
  genpkey) echo "set $(/bin/cat "$SIM/set")" ;;
  req) /bin/cat >/dev/null; echo request ;;
esac
`;

function newHost(): SimulatedHost {
  const host = new SimulatedHost();
  host.tool('openssl', openssl);
  host.remove('/etc/pki');
  return host;
}

async function handOn(host: SimulatedHost): Promise<CertificateHand> {
  const shell = await host.shell();
  return new CertificateHand(await RootShell.open(shell, host.name, noSudoPrompts));
}

async function replaceAll(host: SimulatedHost, set: number): Promise<void> {
  const { hand, staged } = await stageAll(host, set);
  await hand.commit(staged);
}

async function stageAll(
  host: SimulatedHost,
  set: number,
): Promise<{ hand: CertificateHand; staged: StagedFile[] }> {
  writeFileSync(join(host.folder, 'set'), String(set));
  const hand = await handOn(host);
  await hand.discard([...files, ...trees.revocations]);
  await hand.makeFolders(trees.folders);
  const staged: StagedFile[] = [];
  for (const file of files) {
    if (file.part === 'key') staged.push(await hand.makeKey('openssl', file));
    else staged.push(await hand.stage(file, Buffer.from(`set ${set}\n`)));
  }
  return { hand, staged };
}

/** Which set is in place, or what each file holds where that is not one. */
function setOf(host: SimulatedHost): string {
  const found = files.map(({ path }) => {
    const real = join(host.root, path);
    return existsSync(real) ? readFileSync(real, 'utf8').trim() : 'none';
  });
  return new Set(found).size === 1 ? (found[0] ?? '') : found.join(', ');
}

function leftovers(host: SimulatedHost): string[] {
  return Object.keys(host.state()).filter((path) => /\.new$|viaduct-renames|viaduct-stage/.test(path));
}

function expectModes(host: SimulatedHost): void {
  for (const { path, mode, gid } of files) {
    const info = statSync(join(host.root, path));
    expect([path, (info.mode & 0o7777).toString(8), info.uid, info.gid]).toEqual([
      path,
      mode.toString(8),
      0,
      gid,
    ]);
  }
}

async function cutDuring(host: SimulatedHost, cut: Cut, work: () => Promise<void>): Promise<boolean> {
  host.reconnect();
  host.cut = cut;
  try {
    await work();
    return false;
  } catch {
    return true;
  } finally {
    host.reconnect();
  }
}

describe('the certificates of a host', () => {
  it('come with their final modes, and go back to what was there', async () => {
    using host = newHost();
    await replaceAll(host, 1);
    expect(setOf(host)).toBe('set 1');
    expectModes(host);
    await replaceAll(host, 2);
    expect(setOf(host)).toBe('set 2');
    await (await handOn(host)).back(files);
    expect(setOf(host)).toBe('set 1');
    expectModes(host);
    expect(leftovers(host)).toEqual([]);
  });

  it('are gone again where there were none', async () => {
    using host = newHost();
    await replaceAll(host, 1);
    await (await handOn(host)).back(files);
    expect(setOf(host)).toBe('none');
    expect(leftovers(host)).toEqual([]);
  });

  it('let the group of QEMU into a folder that is there, and no one else', async () => {
    using host = newHost();
    host.write('/etc/pki/qemu/x', '');
    const folder = join(host.root, 'etc/pki/qemu');
    chmodSync(folder, 0o700);
    await replaceAll(host, 1);
    const { mode, gid } = statSync(folder);
    expect([(mode & 0o7777).toString(8), gid]).toEqual(['750', 64_055]);
  });

  it('are not put in place when another run has put its own there', async () => {
    using host = newHost();
    await replaceAll(host, 1);
    const first = await stageAll(host, 2);
    await stageAll(host, 3);
    await expect(first.hand.commit(first.staged)).rejects.toMatchObject({ code: 'host-file-changed' });
    expect(setOf(host)).toBe('set 1');
  });

  it.each(['before', 'after', 'half its input'] as const)(
    'are of one set when the link is cut %s any command',
    async (where) => {
      using host = newHost();
      await replaceAll(host, 1);
      let set = 1;
      for (let command = 1; ; command += 1) {
        const cut = await cutDuring(host, { command, where }, () => replaceAll(host, set + 1));
        expect([`set ${set}`, `set ${set + 1}`], `command ${command}`).toContain(setOf(host));
        if (!cut) break;
        set += 2;
        // Cut off or not, the next run is whole.
        if (command % 8 === 0) {
          await replaceAll(host, set);
          expect(leftovers(host)).toEqual([]);
        } else set = Number(/\d+/.exec(setOf(host))?.[0]);
      }
      expectModes(host);
    },
  );

  it.each(['replaced', 'put back'] as const)(
    'are of one set again after the host died while they were %s',
    async (how) => {
      using host = newHost();
      await replaceAll(host, 1);
      await replaceAll(host, 2);
      const staged = how === 'replaced' ? (await stageAll(host, 3)).staged : [];
      const pki = join(host.root, 'etc/pki');
      const before = join(host.folder, 'before');
      execFileSync('cp', ['-a', pki, before]);
      let died = true;
      for (let tools = 1; died; tools += 1) {
        rmSync(pki, { recursive: true });
        execFileSync('cp', ['-a', before, pki]);
        died = await cutDuring(host, { tools }, async () => {
          const hand = await handOn(host);
          await (how === 'replaced' ? hand.commit(staged) : hand.back(files));
        });
        const wasWhole = /^set \d$/.test(setOf(host));
        expect(wasWhole || existsSync(join(pki, '.viaduct-renames')), `tool ${tools}`).toBe(true);
        await (await handOn(host)).discard([...files, ...trees.revocations]);
        expect(how === 'replaced' ? ['set 2', 'set 3'] : ['set 2', 'set 1']).toContain(setOf(host));
        expect(leftovers(host)).toEqual([]);
        expectModes(host);
      }
    },
  );
});
