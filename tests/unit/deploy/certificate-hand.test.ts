import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { noSudoPrompts } from '../../../electron/common/host/sudo-prompts.ts';
import { RootShell } from '../../../electron/common/host/root-shell.ts';
import { CertificateHand, type StagedFile } from '../../../electron/deploy/certificate-hand.ts';
import { treesOf, type TreeFile } from '../../../electron/deploy/trees.ts';
import { isLongRun } from '../../lab/proofs/long-run.ts';
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

/** All that is below /etc/pki, with links, modes and owners. */
function everything(host: SimulatedHost): string {
  const pki = join(host.root, 'etc/pki');
  if (!existsSync(pki)) return 'nothing';
  const listing = execFileSync('sh', [
    '-c',
    'cd "$1" && find . -printf "%m %U:%G %y %p\\n" | sort -k 4',
    'sh',
    pki,
  ]);
  const sums = execFileSync('sh', [
    '-c',
    'cd "$1" && find . -type f -exec sha256sum {} + | sort -k 2',
    'sh',
    pki,
  ]);
  return `${listing.toString()}${sums.toString()}`;
}

/** As `undoSet` does it, without the daemon. */
async function undo(host: SimulatedHost): Promise<void> {
  const hand = await handOn(host);
  const replaced = (await hand.replacedSet())?.files ?? [];
  await hand.swap(replaced);
  await hand.clean(replaced);
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

/** In a short run the first and the last of each kind of command that makes and replaces a set. */
async function commandsToCut(host: SimulatedHost): Promise<number[]> {
  host.ran.length = 0;
  await replaceAll(host, 1);
  const kinds = host.ran.map((argv) => argv.filter((word) => /^[a-z]+$/.test(word)).join(' '));
  const isEnd = (kind: string, at: number): boolean =>
    kinds.indexOf(kind) === at || kinds.lastIndexOf(kind) === at;
  return kinds.flatMap((kind, at) => (isLongRun || isEnd(kind, at) ? [at + 1] : []));
}

/**
 * In a short run the first six tools that change files, the last six, and each seventh between: over rounds of ten or
 * twenty, never the same one.
 */
async function toolsToDieAt(host: SimulatedHost, work: () => Promise<void>): Promise<number[]> {
  let count = 0;
  await cutDuring(host, { tools: 1e6 }, async () => {
    await work();
    count = Number(readFileSync(join(host.folder, 'count'), 'utf8'));
  });
  const all = Array.from({ length: count }, (_, index) => index + 1);
  return all.filter((at) => isLongRun || at <= 6 || at > count - 6 || at % 7 === 0);
}

describe('the certificates of a host', () => {
  it('have the labels of their place with SELinux, before they are in place', async () => {
    using host = newHost();
    host.hasSelinux();
    await replaceAll(host, 1);
    const staged = files.map(({ path }) => `restorecon ${path}.viaduct-pki.new`);
    expect(host.recorded()).toEqual(expect.arrayContaining(staged));
    expect(host.recorded().filter((line) => files.some(({ path }) => line === `restorecon ${path}`))).toEqual(
      [],
    );
  });

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

  it.each<[string, (host: SimulatedHost) => void | Promise<void>]>([
    ['nothing', () => undefined],
    [
      "somebody else's, in a folder that was closed to QEMU",
      (host) => {
        for (const { path } of files.slice(0, -2)) host.write(path, 'foreign\n', 0o640);
        chmodSync(join(host.root, 'etc/pki/qemu'), 0o700);
      },
    ],
  ])('are undone to the byte: %s', async (_what, prepare) => {
    using host = newHost();
    await prepare(host);
    const before = everything(host);
    await replaceAll(host, 1);
    expect(setOf(host)).toBe('set 1');
    await undo(host);
    expect(everything(host)).toBe(before);
    expect(await (await handOn(host)).replacedSet()).toBeUndefined();
  });

  it('are undone by one set, and not when a file was changed since', async () => {
    using host = newHost();
    await replaceAll(host, 1);
    await replaceAll(host, 2);
    const before = everything(host);
    await replaceAll(host, 3);
    const [certificate] = trees.places.map((place) => place.certificate.path);
    const mine = host.read(certificate ?? '');
    host.write(certificate ?? '', 'changed\n');
    await expect(undo(host)).rejects.toMatchObject({ code: 'host-file-changed' });
    host.write(certificate ?? '', mine);
    await undo(host);
    expect(setOf(host)).toBe('set 2');
    expectModes(host);
    const plain = (text: string) => text.split('\n').filter((line) => !/\.old$|viaduct-undo/.test(line));
    expect(plain(everything(host))).toEqual(plain(before));
    expect(await (await handOn(host)).replacedSet()).toBeUndefined();
  });

  it('are in place again when the old ones turned out to be no good', async () => {
    using host = newHost();
    await replaceAll(host, 1);
    const { hand, staged } = await stageAll(host, 2);
    await hand.commit(staged);
    const before = everything(host);
    await hand.swap((await hand.replacedSet())?.files ?? []);
    expect(setOf(host)).toBe('set 1');
    await hand.swapAgain(staged);
    expect(everything(host)).toBe(before);
    await undo(host);
    expect(setOf(host)).toBe('set 1');
  });

  it('can be undone after a list was brought, which is not undone', async () => {
    using host = newHost();
    await replaceAll(host, 1);
    const hand = await handOn(host);
    const lists = await Promise.all(trees.revocations.map((file) => hand.stage(file, Buffer.from('list\n'))));
    await hand.commit(lists);
    await undo(host);
    expect(setOf(host)).toBe('none');
    expect(trees.revocations.map(({ path }) => host.read(path))).toEqual(['list\n', 'list\n']);
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
      for (const command of await commandsToCut(host)) {
        const cut = await cutDuring(host, { command, where }, () => replaceAll(host, set + 1));
        expect([`set ${set}`, `set ${set + 1}`], `command ${command}`).toContain(setOf(host));
        expect(cut, `command ${command}`).toBe(true);
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

  it.each(['replaced', 'put back', 'undone'] as const)(
    'are of one set again after the host died while they were %s',
    async (how) => {
      using host = newHost();
      await replaceAll(host, 1);
      await replaceAll(host, 2);
      const replaced = (await (await handOn(host)).replacedSet())?.files ?? [];
      const staged = how === 'replaced' ? (await stageAll(host, 3)).staged : [];
      const pki = join(host.root, 'etc/pki');
      const before = join(host.folder, 'before');
      execFileSync('cp', ['-a', pki, before]);
      const work = async (): Promise<void> => {
        rmSync(pki, { recursive: true });
        execFileSync('cp', ['-a', before, pki]);
        const hand = await handOn(host);
        if (how === 'replaced') await hand.commit(staged);
        else if (how === 'put back') await hand.back(files);
        else {
          await hand.swap(replaced);
          await hand.clean(replaced);
        }
      };
      for (const tools of await toolsToDieAt(host, work)) {
        expect(await cutDuring(host, { tools }, work), `tool ${tools}`).toBe(true);
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
