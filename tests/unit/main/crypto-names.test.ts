import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/*
 * Electron's cryptography is BoringSSL, which has a part of what Node's OpenSSL has. The stand-in for Electron runs on
 * Node, so no other test would notice a name that exists here and is missing there.
 */

const root = join(import.meta.dirname, '..', '..', '..', 'electron');

/** The SSH ciphers that Node's OpenSSL and BoringSSL both have and that are not broken. */
const sshCiphers = [
  'aes256-gcm@openssh.com',
  'aes128-gcm@openssh.com',
  'aes256-ctr',
  'aes192-ctr',
  'aes128-ctr',
];

/** Families that BoringSSL lacks, or that Electron has had failures with. */
const absent =
  /chacha20|poly1305|camellia|\baria\b|\bsm[234]\b|\bseed\b|\bidea\b|blowfish|\bbf-|cast5|\brc[245]\b|arcfour|ripemd|whirlpool|blake2|sha3-|shake(128|256)|ed448|x448|-(ccm|ocb|xts|cfb)\b/i;

/** Names that are no call of Node's cryptography. */
const elsewhere: Readonly<Record<string, RegExp>> = {
  // An argument of the ssh program, which brings its own ciphers.
  'hosts/relay/openssh-arguments.ts':
    /^aes128-gcm@openssh\.com,aes256-gcm@openssh\.com,chacha20-poly1305@openssh\.com,aes128-ctr,aes256-ctr$/,
  // Named in a protocol, and of our own making.
  'libvirt/auth/digest/digest-ciphers.ts': /^rc4$/,
  // Suites of TLS, which BoringSSL has; it is the cipher by itself that Electron lacks.
  'libvirt/transports/tls-priority.ts': /^(TLS_)?CHACHA20[_-]POLY1305(_SHA256)?$/,
};

const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readFileSync(join(root, name), 'utf8') }));

/** The text of every quoted string in a source; comments are left out. */
function strings(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  return [...code.matchAll(/'([^'\\\n]*)'|"([^"\\\n]*)"/g)].map((match) => match[1] ?? match[2] ?? '');
}

describe('cryptography that Electron has too', () => {
  it('names no algorithm anywhere that BoringSSL lacks', () => {
    const found = sources.flatMap(({ name, text }) =>
      strings(text)
        .filter((literal) => absent.test(literal) && elsewhere[name]?.test(literal) !== true)
        .map((literal) => `${name}: ${literal}`),
    );
    expect(found).toEqual([]);
  });

  it('proposes to SSH servers the listed ciphers and no others', () => {
    const lists = sources
      .filter(({ name }) => name.startsWith('ssh'))
      .flatMap(({ text }) => [...text.matchAll(/\bcipher: \[([^\]]*)\]/g)].map((match) => match[1] ?? ''));
    expect(lists).toHaveLength(1);
    const proposed = strings(lists[0] ?? '');
    expect(proposed[0]).toMatch(/gcm/);
    expect(proposed.filter((cipher) => !sshCiphers.includes(cipher))).toEqual([]);
  });

  it('recognises a forbidden name', () => {
    expect(
      strings("const a = 'chacha20-poly1305@openssh.com'; \n// 'seed'").filter((text) => absent.test(text)),
    ).toHaveLength(1);
  });
});
