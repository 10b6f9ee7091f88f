import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert as assertProperty, constantFrom, property, string } from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostKeyFingerprint } from '../../../electron/ssh/host-key.ts';
import { appendKnownHost, loadKnownHosts } from '../../../electron/ssh/known-hosts-files.ts';
import {
  checkHostKey,
  hostKeyAlgorithms,
  matchesHosts,
  parseKnownHosts,
} from '../../../electron/ssh/known-hosts.ts';

let folder: string;
let ed25519: string;
let otherEd25519: string;
let rsa: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'viaduct-known-hosts-'));
  ed25519 = makeHostKey('a', 'ed25519');
  otherEd25519 = makeHostKey('b', 'ed25519');
  rsa = makeHostKey('c', 'rsa');
});
afterAll(() => rmSync(folder, { recursive: true }));

function makeHostKey(name: string, type: string): string {
  const file = join(folder, name);
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', file]);
  return readFileSync(`${file}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
}

function blob(key: string): Buffer {
  return Buffer.from(key.split(' ')[1] ?? '', 'base64');
}

function check(text: string, host: string, port: number, key: string): ReturnType<typeof checkHostKey> {
  return checkHostKey(parseKnownHosts(text, 'file'), host, port, blob(key));
}

describe('the host field of a known-hosts line', () => {
  it.each([
    ['alpha.lab', 'alpha.lab', true],
    ['ALPHA.lab', 'alpha.lab', true],
    ['alpha.lab', 'beta.lab', false],
    ['alpha.lab,192.0.2.7', '192.0.2.7', true],
    ['*.lab', 'alpha.lab', true],
    ['*.lab', 'lab', false],
    ['?lpha.lab', 'alpha.lab', true],
    ['?lpha.lab', 'lpha.lab', false],
    ['*.lab,!beta.lab', 'beta.lab', false],
    ['!beta.lab,*.lab', 'alpha.lab', true],
    ['!beta.lab', 'alpha.lab', false],
    ['[alpha.lab]:2222', '[alpha.lab]:2222', true],
    ['[alpha.lab]:2222', 'alpha.lab', false],
    ['[*.lab]:2222', '[alpha.lab]:2222', true],
    ['alpha', 'alpha.lab', false],
    ['|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg=', '192.168.1.61', true],
    ['|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg=', '192.168.1.62', false],
    ['|2|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg=', '192.168.1.61', false],
    ['|1|broken', '192.168.1.61', false],
  ])('%s for %s: %s', (hosts, name, expected) => {
    expect(matchesHosts(hosts, name)).toBe(expected);
  });

  it('reads patterns as a regular expression would', () => {
    const text = string({ unit: constantFrom('a', 'b', '*', '?', '.') });
    assertProperty(
      property(text, string({ unit: constantFrom('a', 'b', '.') }), (pattern, name) => {
        const source = pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
        expect(matchesHosts(pattern, name)).toBe(new RegExp(`^${source}$`).test(name));
      }),
    );
  });

  it('takes no time to speak of for a pattern made to backtrack', () => {
    expect(matchesHosts(`${'*a'.repeat(60)}b`, 'a'.repeat(255))).toBe(false);
  });
});

describe('checkHostKey', () => {
  it('knows a key under its host name', () => {
    expect(check(`alpha.lab ${ed25519}\n`, 'Alpha.lab', 22, ed25519)).toEqual({ kind: 'known' });
  });

  it('finds a name that ssh-keygen hashed', () => {
    const file = join(folder, 'hashed');
    writeFileSync(file, `alpha.lab ${ed25519}\n[alpha.lab]:2222 ${rsa}\n`);
    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' });
    const hashed = readFileSync(file, 'utf8');
    expect(hashed).not.toContain('alpha');
    expect(check(hashed, 'alpha.lab', 22, ed25519).kind).toBe('known');
    expect(check(hashed, 'alpha.lab', 2222, rsa).kind).toBe('known');
    expect(check(hashed, 'beta.lab', 22, ed25519).kind).toBe('unknown');
  });

  it('says type and fingerprint of an unknown key, as ssh-keygen prints it', () => {
    const shown = execFileSync('ssh-keygen', ['-lf', join(folder, 'a.pub')], { encoding: 'utf8' }).split(
      ' ',
    )[1];
    expect(check('', 'alpha.lab', 22, ed25519)).toEqual({
      kind: 'unknown',
      type: 'ssh-ed25519',
      fingerprint: shown,
      otherTypes: [],
      certificateAuthorityOnly: false,
    });
  });

  it('calls another key of the same type changed, and says where the old one is', () => {
    expect(check(`# lab\n\nalpha.lab ${otherEd25519}\n`, 'alpha.lab', 22, ed25519)).toMatchObject({
      kind: 'changed',
      file: 'file',
      line: 3,
      fingerprint: hostKeyFingerprint(blob(ed25519)),
    });
  });

  it('is content with one right key among several of the same type', () => {
    expect(check(`alpha.lab ${otherEd25519}\nalpha.lab ${ed25519}\n`, 'alpha.lab', 22, ed25519).kind).toBe(
      'known',
    );
  });

  it('calls a key of another type unknown, and says which types are on record', () => {
    expect(check(`alpha.lab ${rsa}\n`, 'alpha.lab', 22, ed25519)).toMatchObject({
      kind: 'unknown',
      otherTypes: ['ssh-rsa'],
    });
  });

  it('refuses a revoked key, even one that is on record too', () => {
    const text = `alpha.lab ${ed25519}\n@revoked * ${ed25519}\n`;
    expect(check(text, 'alpha.lab', 22, ed25519)).toMatchObject({ kind: 'revoked', line: 2 });
    expect(check(text, 'alpha.lab', 22, otherEd25519).kind).toBe('changed');
  });

  it('never takes a certificate authority for the host itself', () => {
    expect(check(`@cert-authority *.lab ${ed25519}\n`, 'alpha.lab', 22, ed25519)).toMatchObject({
      kind: 'unknown',
      certificateAuthorityOnly: true,
    });
  });

  it.each([
    ['[alpha.lab]:2222', 2222, 'known'],
    ['[alpha.lab]:2222', 22, 'unknown'],
    ['[alpha.lab]:2222', 2223, 'unknown'],
    ['alpha.lab', 2222, 'known'],
  ] as const)('a key under %s, shown on port %d, is %s', (hosts, port, kind) => {
    expect(check(`${hosts} ${ed25519}\n`, 'alpha.lab', port, ed25519).kind).toBe(kind);
  });

  it('takes the key of port 22 for another server when another port shows a different one', () => {
    expect(check(`alpha.lab ${otherEd25519}\n`, 'alpha.lab', 2222, ed25519).kind).toBe('unknown');
  });

  it('skips lines that make no sense', () => {
    const text = `alpha.lab\nalpha.lab ssh-rsa ${ed25519.split(' ')[1] ?? ''}\nalpha.lab ssh-ed25519 !!!\n@wrong alpha.lab ${ed25519}\n`;
    expect(parseKnownHosts(text, 'file')).toEqual([]);
  });
});

describe('hostKeyAlgorithms', () => {
  const propose = (text: string, port = 22): string[] =>
    hostKeyAlgorithms(parseKnownHosts(text, 'file'), 'alpha.lab', port);

  it('asks first for the key types on record', () => {
    expect(propose(`alpha.lab ${rsa}\n`).slice(0, 2)).toEqual(['rsa-sha2-512', 'rsa-sha2-256']);
    expect(propose(`[alpha.lab]:2222 ${rsa}\n`, 2222)[0]).toBe('rsa-sha2-512');
    expect(propose(`alpha.lab ${rsa}\n`, 2222)[0]).toBe('rsa-sha2-512');
  });

  it('never accepts SHA-1 signatures', () => {
    expect(propose('')).not.toContain('ssh-rsa');
    expect(propose('')[0]).toBe('ssh-ed25519');
  });
});

describe('known-hosts files', () => {
  it('treats a file that does not exist as empty', async () => {
    await expect(loadKnownHosts([join(folder, 'missing')])).resolves.toEqual([]);
  });

  it('refuses what is no file, by name', async () => {
    await expect(loadKnownHosts([folder])).rejects.toMatchObject({ code: 'ssh-key-unreadable' });
  });

  it('records an accepted key so that OpenSSH finds it too, readable by the owner only', async () => {
    const file = join(folder, 'new', 'known_hosts');
    await appendKnownHost(file, 'alpha.lab', 2222, blob(ed25519));
    await appendKnownHost(file, 'beta.lab', 22, blob(rsa));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(
      execFileSync('ssh-keygen', ['-F', '[alpha.lab]:2222', '-f', file], { encoding: 'utf8' }),
    ).toContain(ed25519);
    expect(checkHostKey(await loadKnownHosts([file]), 'beta.lab', 22, blob(rsa)).kind).toBe('known');
  });

  it('begins a new line in a file that does not end with one', async () => {
    const file = join(folder, 'unfinished');
    writeFileSync(file, `alpha.lab ${ed25519}`);
    await appendKnownHost(file, 'beta.lab', 22, blob(rsa));
    expect(readFileSync(file, 'utf8')).toBe(`alpha.lab ${ed25519}\nbeta.lab ${rsa}\n`);
  });

  it('loses none of the keys that are accepted at the same time', async () => {
    const file = join(folder, 'busy');
    const hosts = Array.from({ length: 20 }, (_, index) => `host${index}.lab`);
    await Promise.all(hosts.map((host) => appendKnownHost(file, host, 22, blob(ed25519))));
    const entries = await loadKnownHosts([file]);
    expect(entries.map((entry) => entry.hosts).sort()).toEqual([...hosts].sort());
  });
});
