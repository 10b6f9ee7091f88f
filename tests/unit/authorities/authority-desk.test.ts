import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AuthorityDesk } from '../../../electron/authorities/authority-desk.ts';
import type { AuthoritiesSnapshot } from '../../../electron/authorities/authority-snapshot.ts';
import { noVault } from '../../../electron/authorities/no-vault.ts';
import type { PassphraseVault } from '../../../electron/authorities/passphrase-vault.ts';
import { AuthorityStore } from '../../../electron/pki/authority-store.ts';
import type { Passphrase } from '../../../electron/pki/passphrase.ts';
import { passphrase, secret } from '../pki/authorities.ts';
import { eventually } from '../eventually.ts';

/** A key store of the operating system, which can be made to fail. */
class MemoryVault implements PassphraseVault {
  readonly protects = true;
  readonly sentence = 'Kept in memory.';
  readonly kept = new Map<string, Passphrase>();
  fails = false;
  names = (): Promise<ReadonlySet<string>> => Promise.resolve(new Set(this.kept.keys()));
  get = (name: string): Promise<Passphrase | undefined> => Promise.resolve(this.kept.get(name));
  put = (name: string, value: Passphrase): Promise<void> => {
    if (this.fails) return Promise.reject(new Error('The keyring is locked.'));
    this.kept.set(name, value);
    return Promise.resolve();
  };
  remove = (name: string): Promise<void> => {
    this.kept.delete(name);
    return Promise.resolve();
  };
}

let home: string;
let vault: MemoryVault;
let told: AuthoritiesSnapshot[];
let desk: AuthorityDesk;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'viaduct-desk-'));
  vault = new MemoryVault();
  told = [];
  desk = new AuthorityDesk({ home, vault, changed: (snapshot) => told.push(snapshot) });
});

afterEach(() => {
  desk.close();
  vi.useRealTimers();
  rmSync(home, { recursive: true });
});

const labCa = { name: 'Lab CA', key: 'p256', days: 90, passphrase: secret, remember: false } as const;

/** An authority of another run of the app. */
function existing(name = 'Lab CA'): Promise<unknown> {
  return new AuthorityStore(home).create({ name, key: 'p256', passphrase });
}

describe('AuthorityDesk', () => {
  it('lists what there is, and that nothing is there', async () => {
    expect(await desk.list()).toMatchObject({
      authorities: [],
      unreadable: [],
      keyStore: { protects: true },
    });
    await existing();
    const { authorities } = await desk.list();
    expect(authorities).toEqual([
      expect.objectContaining({
        name: 'Lab CA',
        key: 'P-256',
        keyKind: 'p256',
        keyPlace: 'here',
        unlockedUntilMs: undefined,
        remembered: false,
        replacedBy: undefined,
      }),
    ]);
    expect(authorities[0]?.certificate).toMatch(/^-----BEGIN CERTIFICATE-----/);
  });

  it('shows an authority that was replaced after its successor, and says by whom', async () => {
    await existing();
    await new AuthorityStore(home).replace('Lab CA', { name: 'Lab CA 2', key: 'p256', passphrase });
    const { authorities } = await desk.list();
    expect(authorities.map(({ name, replacedBy }) => [name, replacedBy])).toEqual([
      ['Lab CA 2', undefined],
      ['Lab CA', 'Lab CA 2'],
    ]);
  });

  it('tells of one that cannot be read, and does not hide the others', async () => {
    await existing();
    await existing('Other CA');
    writeFileSync(join(home, 'pki', 'Lab CA', 'authority.json'), '{');
    const { authorities, unreadable } = await desk.list();
    expect(authorities.map(({ name }) => name)).toEqual(['Other CA']);
    expect(unreadable).toEqual([expect.objectContaining({ name: 'Lab CA' })]);
    expect(unreadable[0]?.remedy).toMatch(/backup/);
  });

  it('leaves a new authority unlocked, ready to issue', async () => {
    await desk.create(labCa);
    expect(desk.issuer('Lab CA').unlocked.isLocked).toBe(false);
    const until = told.at(-1)?.authorities[0]?.unlockedUntilMs ?? 0;
    expect(until - Date.now()).toBeGreaterThan(14 * 60_000);
    expect(until - Date.now()).toBeLessThanOrEqual(15 * 60_000);
  });

  it('imports an authority with its key, and one without', async () => {
    await existing();
    const old = await new AuthorityStore(home).open('Lab CA');
    const key = {
      pem: await old.keyFile(),
      openedWith: secret,
      passphrase: 'another one',
      remember: false,
    };
    await desk.import({ name: 'Taken over', certificate: old.certificate.pem, key });
    await desk.import({ name: 'Elsewhere', certificate: old.certificate.pem });
    expect(desk.issuer('Taken over').unlocked.isLocked).toBe(false);
    expect(told.at(-1)?.authorities.find(({ name }) => name === 'Elsewhere')?.keyPlace).toBe('elsewhere');
    await expect(
      desk.unlock({ name: 'Elsewhere', passphrase: secret, remember: false }),
    ).rejects.toMatchObject({
      code: 'key-elsewhere',
    });
  });

  it('is locked until it is unlocked, and says what to do', async () => {
    await existing();
    expect(() => desk.issuer('Lab CA')).toThrow(
      expect.objectContaining({
        code: 'authority-locked',
        remedy: expect.stringMatching(/passphrase/) as string,
      }),
    );
    await desk.unlock({ name: 'Lab CA', passphrase: secret, remember: false });
    expect(desk.issuer('Lab CA').unlocked.authority.name).toBe('Lab CA');
    await desk.lock('Lab CA');
    expect(() => desk.issuer('Lab CA')).toThrow(/is locked/);
    expect(told.at(-1)?.authorities[0]?.unlockedUntilMs).toBeUndefined();
  });

  it('refuses a wrong passphrase, and stays locked', async () => {
    await existing();
    await expect(desk.unlock({ name: 'Lab CA', passphrase: 'wrong', remember: true })).rejects.toMatchObject({
      code: 'key-not-opened',
    });
    expect(() => desk.issuer('Lab CA')).toThrow(/is locked/);
    expect(vault.kept.size).toBe(0);
  });

  it('locks itself after 15 minutes, and tells it', async () => {
    await existing();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    await desk.unlock({ name: 'Lab CA', passphrase: secret, remember: false });
    const before = told.length;
    vi.advanceTimersByTime(15 * 60_000 + 100);
    expect(() => desk.issuer('Lab CA')).toThrow(/is locked/);
    vi.useRealTimers();
    await eventually(() => expect(told.length).toBe(before + 1));
    expect(told.at(-1)?.authorities[0]?.unlockedUntilMs).toBeUndefined();
  });

  it('remembers, unlocks with what is remembered, and forgets', async () => {
    await existing();
    await desk.unlock({ name: 'Lab CA', passphrase: secret, remember: true });
    expect(told.at(-1)?.authorities[0]?.remembered).toBe(true);
    await desk.lock('Lab CA');
    await desk.unlock({ name: 'Lab CA', remember: false });
    expect(desk.issuer('Lab CA').unlocked.isLocked).toBe(false);
    await desk.forget('Lab CA');
    expect(told.at(-1)?.authorities[0]?.remembered).toBe(false);
    await desk.lock('Lab CA');
    await expect(desk.unlock({ name: 'Lab CA', remember: false })).rejects.toMatchObject({
      code: 'passphrase-not-remembered',
    });
  });

  it('does not keep the passphrase of an authority that was there before under that name', async () => {
    await vault.put('Lab CA', passphrase);
    await desk.create(labCa);
    expect(vault.kept.size).toBe(0);
  });

  it('makes the authority all the same when the key store fails, and tells both', async () => {
    vault.fails = true;
    await expect(desk.create({ ...labCa, remember: true })).rejects.toThrow('The keyring is locked.');
    expect(told.at(-1)?.authorities[0]).toMatchObject({ name: 'Lab CA', remembered: false });
    expect(desk.issuer('Lab CA').unlocked.isLocked).toBe(false);
  });

  it('refuses to remember where nothing protects, before anything is made', async () => {
    desk = new AuthorityDesk({ home, vault: noVault('Not in a browser.'), changed: () => undefined });
    await expect(desk.create({ ...labCa, remember: true })).rejects.toMatchObject({
      code: 'key-store-none',
      message: 'Not in a browser.',
    });
    expect(await desk.list()).toMatchObject({
      authorities: [],
      keyStore: { protects: false, sentence: 'Not in a browser.' },
    });
  });

  it('numbers its snapshots, each higher than the one before', async () => {
    const [one, two] = await Promise.all([desk.list(), desk.list()]);
    expect(two.generation).toBeGreaterThan(one.generation);
  });

  it('locks all when it is closed', async () => {
    await desk.create(labCa);
    const { unlocked } = desk.issuer('Lab CA');
    desk.close();
    expect(unlocked.isLocked).toBe(true);
  });

  it('puts no passphrase into a snapshot or an error', async () => {
    await desk.create({ ...labCa, remember: true });
    const error: unknown = await desk
      .unlock({ name: 'Lab CA', passphrase: `${secret} wrong`, remember: false })
      .catch((thrown: unknown) => thrown);
    expect(`${JSON.stringify(told)}${String(error)}${JSON.stringify(error)}`).not.toContain(secret);
  });
});
