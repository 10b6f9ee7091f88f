import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AuthorityDesk } from '../../../../electron/authorities/authority-desk.ts';
import { noVault } from '../../../../electron/authorities/no-vault.ts';
import { Exclusive } from '../../../../electron/common/exclusive.ts';
import { noSudoPrompts, type SudoQuestion } from '../../../../electron/common/host/sudo-prompts.ts';
import { deploy } from '../../../../electron/deploy/deploy.ts';
import { CertificatesDesk } from '../../../../electron/ipc/certificates/certificates-desk.ts';
import type {
  CalendarGroup,
  CertificatesSnapshot,
  CertificatesWork,
} from '../../../../electron/ipc/certificates/certificate-views.ts';
import type { BoardHost } from '../../../../electron/ipc/certificates/host-looks.ts';
import { SimulatedHost } from '../../setup/simulated/simulated-host.ts';
import { missing } from '../../setup/simulated/tools.ts';
import { eventually } from '../../eventually.ts';

vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), 'viaduct-certificates-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `sudo` wants a password, and takes any. */
const sudo =
  '#!/bin/sh\n[ "$1" = -n ] && { echo "sudo: a password is required" >&2; exit 1; }\nread -r password\nshift 5\nexec "$@"\n';
const asAdmin = '#!/bin/sh\n[ "$1" = -un ] && echo admin || echo 1000\n';

let home: string;
let alpha: SimulatedHost;
let board: BoardHost[];
let exclusive: Exclusive;
let authorities: AuthorityDesk;
let desk: CertificatesDesk;
let told: CertificatesSnapshot[];
let asked: SudoQuestion[];
let opened: string[];
let now: Date;

const bare = join(folder, 'bare');
const secured = join(folder, 'secured');

/** An authority, and a host with its certificates: made once, because of the keys. */
beforeAll(async () => {
  const first = new AuthorityDesk({ home: bare, vault: noVault('Not here.'), changed: () => undefined });
  await first.create({ name: 'Test CA', key: 'p256', days: 900, passphrase: 'x', remember: false });
  cpSync(bare, secured, { recursive: true });
  const second = new AuthorityDesk({ home: secured, vault: noVault('Not here.'), changed: () => undefined });
  await second.unlock({ name: 'Test CA', passphrase: 'x', remember: false });
  using host = new SimulatedHost();
  await deploy([host], second.issuer('Test CA'), () => undefined, { prompts: noSudoPrompts });
  cpSync(join(host.root, 'etc'), join(folder, 'etc'), { recursive: true });
  first.close();
  second.close();
});

beforeEach(async () => {
  home = mkdtempSync(join(folder, 'home-'));
  cpSync(bare, home, { recursive: true });
  alpha = new SimulatedHost();
  board = [{ hostId: 'a', host: alpha, isConnected: true, readOnly: undefined }];
  exclusive = new Exclusive();
  [told, asked, opened] = [[], [], []];
  now = new Date();
  authorities = new AuthorityDesk({ home, vault: noVault('Not here.'), changed: () => undefined });
  await authorities.unlock({ name: 'Test CA', passphrase: 'x', remember: false });
  desk = new CertificatesDesk({
    home,
    board: () => board,
    open: (uri) => {
      opened.push(uri);
      return Object.assign(alpha, { close: () => Promise.resolve() });
    },
    authorities,
    exclusive,
    sudoPrompts: {
      interactive: true,
      askSudoPassword: (question) => {
        asked.push(question);
        return Promise.resolve('secret');
      },
    },
    changed: (snapshot) => told.push(snapshot),
    now: () => now,
  });
  return async () => {
    await desk.close();
    authorities.close();
    alpha[Symbol.dispose]();
  };
});

/** As if the certificates had been put there. */
function secure(): void {
  cpSync(secured, home, { recursive: true });
  cpSync(join(folder, 'etc'), join(alpha.root, 'etc'), { recursive: true });
}

async function group(owner = 'alpha.sim'): Promise<CalendarGroup> {
  const found = (await desk.get()).groups.find((one) => one.owner === owner);
  if (found === undefined) throw new Error(`There is no group ${owner}.`);
  return found;
}

const seen = ({ bars }: CalendarGroup, kind: 'issued' | 'deployed' | 'served'): number =>
  bars.filter((bar) => bar.kind === 'certificate' && bar.seen === kind).length;

/** Waits for the end of what was begun. */
async function ended(): Promise<CertificatesWork> {
  return eventually(() => {
    const work = told.at(-1)?.work;
    if (work?.outcome === undefined) throw new Error(`Still at it: ${work?.sentence ?? 'nothing'}`);
    return work;
  });
}

async function lookAgain(): Promise<void> {
  desk.look({ mayAsk: true });
  await ended();
}

describe('the certificates of hosts', () => {
  it('are known as issued at once, and as deployed when they were looked at', async () => {
    secure();
    const before = await group();
    expect([seen(before, 'issued'), seen(before, 'deployed')]).toEqual([4, 0]);
    expect(before).toMatchObject({
      hostId: 'a',
      lookedAtMs: undefined,
      issuers: ['Test CA'],
      care: undefined,
    });
    await lookAgain();
    const after = await group();
    expect([seen(after, 'issued'), seen(after, 'deployed')]).toEqual([4, 4]);
    expect(after).toMatchObject({ lookedAtMs: now.getTime(), isBeingLookedAt: false, care: undefined });
    expect(told.some(({ groups }) => groups.some(({ isBeingLookedAt }) => isBeingLookedAt))).toBe(true);
  });

  it('are looked at again when something was issued since, and not called missing meanwhile', async () => {
    await lookAgain();
    secure();
    expect(await group()).toMatchObject({ lookedAtMs: undefined, care: undefined });
    await eventually(async () => expect(seen(await group(), 'deployed')).toBe(4));
    expect(await group()).toMatchObject({ lookedAtMs: now.getTime(), care: undefined });
  });

  it('show a host that is on the board and has none, and one that has some and is not on the board', async () => {
    expect(await group()).toMatchObject({ hostId: 'a', bars: [], issuers: [] });
    secure();
    board = [];
    expect(await group()).toMatchObject({ hostId: undefined, issuers: ['Test CA'] });
  });

  it('show the authority itself, and count what needs care for the rail', async () => {
    secure();
    expect((await group('Test CA')).bars).toHaveLength(1);
    expect((await desk.get()).careCount).toBe(0);
    now = new Date(now.getTime() + 710 * 86_400_000);
    expect((await desk.get()).careCount).toBe(1);
    expect((await group()).care?.sentence).toMatch(/^Expires in 1\d days\.$|^Expires in 20 days\.$/);
  });

  it('tell a file that was replaced by hand, and renewing mends it', async () => {
    secure();
    alpha.write('/etc/pki/qemu/server-cert.pem', alpha.read('/etc/pki/libvirt/servercert.pem'));
    await lookAgain();
    expect((await group()).care?.sentence).toMatch(/^QEMU server: the file holds another certificate/);
    await desk.renew(['a']);
    expect(await ended()).toMatchObject({
      kind: 'renew',
      outcome: 'done',
      owners: ['alpha.sim'],
      problem: undefined,
    });
    expect(await group()).toMatchObject({ care: undefined, lookedAtMs: now.getTime() });
    expect(exclusive.isHeld).toBe(false);
  });

  it('tell why a host cannot be looked at, and what was seen of it before', async () => {
    secure();
    await lookAgain();
    alpha.cut = { command: 1, where: 'before' };
    alpha.reconnect();
    alpha.cut = { command: 1, where: 'before' };
    await lookAgain();
    const unreachable = await group();
    expect(unreachable.problem).toMatchObject({ message: 'the link was cut', hostId: 'a' });
    expect(unreachable.problem?.remedy).not.toBe('');
    expect(seen(unreachable, 'deployed')).toBe(4);
  });

  it('go on being told when a ledger cannot be read', async () => {
    secure();
    await authorities.create({ name: 'Other CA', key: 'p256', days: 90, passphrase: 'x', remember: false });
    writeFileSync(join(home, 'pki', 'Test CA', 'ledger.ndjson'), '{');
    const { groups, problems } = await desk.get();
    expect(problems).toEqual([expect.objectContaining({ code: 'ledger-truncated' })]);
    expect(groups.map(({ owner }) => owner)).toContain('Other CA');
  });
});

describe('looking at hosts', () => {
  it('by itself asks nobody for a password, and says that it would have to', async () => {
    secure();
    alpha.tool('id', asAdmin);
    alpha.tool('sudo', sudo);
    desk.look({ mayAsk: false });
    await eventually(async () => expect((await group()).problem?.code).toBe('sudo-password-needed'));
    expect(asked).toEqual([]);
    expect((await group()).problem?.remedy).toBe('Look again to be asked for it.');
    await lookAgain();
    expect(asked).toEqual([{ host: 'alpha.sim', user: 'admin', attempt: 1 }]);
    expect(seen(await group(), 'deployed')).toBe(4);
  });

  it('by itself passes over hosts that are away, and those looked at within ten minutes', async () => {
    secure();
    const looks = (): number => alpha.ran.filter(([program]) => program === 'id').length;
    board = board.map((host) => ({ ...host, isConnected: false }));
    const before = looks();
    desk.look({ mayAsk: false });
    board = board.map((host) => ({ ...host, isConnected: true }));
    await lookAgain();
    const once = looks();
    expect(once).toBeGreaterThan(before);
    now = new Date(now.getTime() + 9 * 60_000);
    desk.look({ mayAsk: false });
    expect((await group()).isBeingLookedAt).toBe(false);
    now = new Date(now.getTime() + 60_000);
    desk.look({ mayAsk: false });
    expect((await group()).isBeingLookedAt).toBe(true);
    await eventually(async () => expect((await group()).lookedAtMs).toBe(now.getTime()));
    expect(looks()).toBeGreaterThan(once);
  });

  it('by itself makes room for what the admin asks for, and stays away while something runs', async () => {
    secure();
    const free = exclusive.take('something runs', { changesHosts: false });
    desk.look({ mayAsk: false });
    expect((await group()).isBeingLookedAt).toBe(false);
    expect(() => desk.look({ mayAsk: true })).toThrow('One thing at a time: something runs.');
    free();
    desk.look({ mayAsk: false });
    expect((await group()).isBeingLookedAt).toBe(true);
    await desk.renew(['a']);
    expect((await ended()).outcome).toBe('done');
  });
});

describe('renewing', () => {
  it('needs the authority unlocked, and touches nothing before', async () => {
    secure();
    await authorities.lock('Test CA');
    const before = alpha.state();
    await expect(desk.renew(['a'])).rejects.toMatchObject({ code: 'authority-locked' });
    expect(alpha.state()).toEqual(before);
    expect(exclusive.isHeld).toBe(false);
  });

  it('refuses hosts without certificates, unknown ones, and those for reading only', async () => {
    await expect(desk.renew(['a'])).rejects.toMatchObject({ code: 'deploy-nothing-issued' });
    await expect(desk.renew(['b'])).rejects.toMatchObject({ code: 'host-unknown' });
    board = board.map((host) => ({ ...host, readOnly: 'Added for reading only.' }));
    await expect(desk.renew(['a'])).rejects.toMatchObject({ code: 'read-only' });
  });

  it('tells how it goes, and why it failed', async () => {
    secure();
    alpha.reconnect();
    alpha.cut = { command: 30, where: 'before' };
    await desk.renew(['a']);
    const work = await ended();
    expect(work).toMatchObject({ outcome: 'failed', problem: { message: 'the link was cut' } });
    const sentences = new Set(told.map((snapshot) => snapshot.work?.sentence));
    expect([...sentences]).toContain('Looking at alpha.sim ...');
    desk.dismiss();
    expect(told.at(-1)?.work).toBeUndefined();
  });

  it('can be cancelled; the old certificates stay', async () => {
    secure();
    const old = alpha.read('/etc/pki/libvirt/servercert.pem');
    await desk.renew(['a']);
    expect(() => desk.dismiss()).toThrow(/One thing at a time/);
    desk.cancel();
    expect(told.at(-1)?.work?.cancelling).toBe(true);
    expect(await ended()).toMatchObject({ outcome: 'cancelled', problem: undefined, cancelling: false });
    expect(alpha.read('/etc/pki/libvirt/servercert.pem')).toBe(old);
  });
});

describe('revoking', () => {
  it('revokes a host, says that it is revoked, and renews it no more', async () => {
    secure();
    await lookAgain();
    await desk.revoke('alpha.sim');
    expect(await ended()).toMatchObject({ kind: 'revoke', outcome: 'done' });
    expect(await group()).toMatchObject({ isRevoked: true, care: { urgency: 'now' } });
    expect((await group()).bars.filter(({ isRevoked }) => isRevoked)).toHaveLength(8);
    await expect(desk.renew(['a'])).rejects.toMatchObject({ code: 'host-revoked' });
  });

  it('reaches a host that is no longer on the board as it was reached before', async () => {
    alpha.tool('openssl', missing);
    secure();
    board = [];
    await desk.revoke('alpha.sim');
    expect((await ended()).outcome).toBe('done');
    expect(opened).toEqual(['qemu+ssh://root@alpha.sim/system']);
  });

  it('refuses what nothing was issued for', async () => {
    await expect(desk.revoke('nobody.sim')).rejects.toMatchObject({ code: 'deploy-nothing-issued' });
  });
});
