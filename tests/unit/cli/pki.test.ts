import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AuthorityStore } from '../../../electron/pki/authority-store.ts';
import { issueCertificate } from '../../../electron/pki/issue.ts';
import { makeKeyPair } from '../../../electron/pki/key-kinds.ts';
import { certificateNames } from '../../../electron/pki/names.ts';
import { Passphrase } from '../../../electron/pki/passphrase.ts';
import { revokeCertificates } from '../../../electron/pki/revoke.ts';
import { unlockAuthority } from '../../../electron/pki/unlocked-authority.ts';

vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), 'viaduct-cli-pki-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const main = new URL('../../../electron/cli/main.ts', import.meta.url).pathname;
let home: string;
let passphraseFile: string;

beforeEach(() => {
  home = mkdtempSync(join(folder, 'home-'));
  passphraseFile = join(home, 'passphrase');
  writeFileSync(passphraseFile, 'correct horse\n', { mode: 0o600 });
});

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

async function viaduct(...args: string[]): Promise<Ended> {
  const env = { ...process.env, VIADUCT_HOME: home };
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [main, 'pki', ...args], { env })) };
  } catch (error) {
    return error as Ended;
  }
}

function create(...args: string[]): Promise<Ended> {
  return viaduct('create-ca', '--name', 'Lab CA', '--passphrase-file', passphraseFile, ...args);
}

const linesOf = ({ stdout }: Ended) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('viaduct pki create-ca', () => {
  it.each([
    [[], 'RSA 3072'],
    [['--key', 'p384', '--days', '30'], 'P-384'],
  ])('with %j makes a %s authority that the passphrase opens', async (args, key) => {
    const { code, stdout, stderr } = await create(...args);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`Lab CA (${key}) is made`);
    const authority = await new AuthorityStore(home).open('Lab CA');
    expect((await unlockAuthority(authority, new Passphrase('correct horse'))).isLocked).toBe(false);
    const days = (authority.certificate.notAfter.getTime() - Date.now()) / 86_400_000;
    expect(Math.ceil(days)).toBe(args.includes('--days') ? 30 : 3650);
  });

  it('prints one line of JSON', async () => {
    const [line, ...others] = linesOf(await create('--key', 'p256', '--json'));
    expect(others).toEqual([]);
    expect(line).toMatchObject({
      type: 'authority',
      name: 'Lab CA',
      key: 'P-256',
      keyIsHere: true,
      issued: 0,
    });
  });

  it('warns of a passphrase that others can read', async () => {
    chmodSync(passphraseFile, 0o644);
    const { code, stderr } = await create('--key', 'p256');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^Other users of this machine can read the passphrase in .*\n$/);
  });

  it.each<[string, string[], RegExp]>([
    ['another kind of key', ['--key', 'ed25519'], /Allowed choices are rsa3072, p256, p384/],
    ['a name that is a path', ['--name', '../x'], /^An authority's name is/],
    [
      'a passphrase file that is not there',
      ['--passphrase-file', '/nowhere/x'],
      /^The passphrase file \/nowhere\/x/,
    ],
  ])('refuses %s', async (_what, args, sentence) => {
    const { code, stdout, stderr } = await create(...args);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/\n +at /);
    expect([code, stdout]).toEqual([2, '']);
    expect(readdirSync(home)).toEqual(['passphrase']);
  });

  it('refuses a name that is taken, and leaves that authority as it was', async () => {
    await create('--key', 'p256');
    const path = join(home, 'pki', 'Lab CA');
    const state = () =>
      createHash('sha256')
        .update(JSON.stringify(readdirSync(path).map((name) => statSync(join(path, name)).mtimeMs)))
        .digest('hex');
    const before = state();
    const { code, stderr } = await create('--key', 'p256');
    expect([code, stderr]).toEqual([2, 'There is an authority "Lab CA" already.\nChoose another name.\n']);
    expect(state()).toBe(before);
  });
});

describe('viaduct pki status', () => {
  it('says that there is nothing yet', async () => {
    expect(await viaduct('status')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('no certificate authority yet') as string,
    });
    expect(await viaduct('status', '--json')).toMatchObject({ code: 0, stdout: '' });
  });

  it('shows authorities, and what became of their certificates', async () => {
    await create('--key', 'p256', '--days', '20');
    const authority = await new AuthorityStore(home).open('Lab CA');
    const unlocked = await unlockAuthority(authority, new Passphrase('correct horse'));
    const names = certificateNames(['beta.lab', '10.0.0.6']);
    const order = { host: 'beta.lab', usedBy: 'qemu', purposes: ['server', 'client'], names } as const;
    const keys = await makeKeyPair('p256');
    const first = await issueCertificate(unlocked, { ...order, days: 5 }, keys.publicKey);
    const second = await issueCertificate(unlocked, order, keys.publicKey);
    await revokeCertificates(unlocked, [second.entry.serial], 'superseded');

    const { stdout } = await viaduct('status');
    expect(stdout).toMatch(
      /^Lab CA: P-256, key encrypted here, until .* \(within 30 days\)\n {2}2 issued, 1 revoked\n/,
    );
    expect(stdout).toMatch(
      / {2}beta\.lab: qemu server and client, valid, until .* \(WITHIN 7 DAYS\); beta\.lab, 10\.0\.0\.6; serial 01/,
    );
    const ended = await viaduct('status', '--json');
    expect(linesOf(ended)).toMatchObject([
      {
        type: 'authority',
        name: 'Lab CA',
        daysLeft: 19,
        stage: 'month',
        issued: 2,
        revoked: 1,
        unlistedRevocations: 0,
        revocationList: { number: 4 },
      },
      {
        type: 'certificate',
        authority: 'Lab CA',
        serial: first.entry.serial,
        state: 'valid',
        stage: 'week',
        names: ['beta.lab', '10.0.0.6'],
      },
      { type: 'certificate', serial: second.entry.serial, state: 'revoked' },
    ]);
  });

  it('tells of an authority that cannot be read, and shows the others', async () => {
    await create('--key', 'p256');
    mkdirSync(join(home, 'pki', 'Broken'));
    appendFileSync(join(home, 'pki', 'Lab CA', 'ledger.ndjson'), '{"type":');
    await viaduct('create-ca', '--name', 'Second', '--key', 'p256', '--passphrase-file', passphraseFile);
    const { code, stdout, stderr } = await viaduct('status');
    expect(code).toBe(2);
    expect(stderr).toMatch(/Broken\/authority\.json cannot be read/);
    expect(stderr).toMatch(/The last line of the ledger .* is cut off/);
    expect(stdout).toMatch(/^Second: P-256/);
  });
});
