import assert from 'node:assert/strict';
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { groupId } from '../accounts.ts';
import type { HostLayout } from '../layout.ts';

const trees = [
  {
    ca: 'CA/cacert.pem',
    pairs: [
      ['libvirt/private/serverkey.pem', 'libvirt/servercert.pem'],
      ['libvirt/private/clientkey.pem', 'libvirt/clientcert.pem'],
    ],
    keyMode: 0o600,
    group: 'root',
  },
  {
    ca: 'qemu/ca-cert.pem',
    pairs: [
      ['qemu/server-key.pem', 'qemu/server-cert.pem'],
      ['qemu/client-key.pem', 'qemu/client-cert.pem'],
    ],
    keyMode: 0o640,
    group: 'libvirt-qemu',
  },
] as const;

/** The digest of each key and certificate by its path below /etc/pki; empty where there is none. */
export type TreeDigests = ReadonlyMap<string, string>;

/**
 * Looks at both trees of a host from outside of it, without our own code: nothing is there, or a whole set, in which
 * each key is that of its certificate, each certificate of its authority, and owners and modes are the final ones.
 *
 * @throws {AssertionError} for anything between.
 */
export async function wholeTrees(host: HostLayout): Promise<TreeDigests> {
  const found = new Map<string, string>();
  const missing: string[] = [];
  const groups = { root: 0, 'libvirt-qemu': await groupId(host, 'libvirt-qemu') };
  for (const { ca, pairs, keyMode, group } of trees) {
    const authority = await look(host, ca, 0o644, 0);
    if (authority === undefined) missing.push(ca);
    for (const [keyPath, certificatePath] of pairs) {
      const key = await look(host, keyPath, keyMode, groups[group]);
      const certificate = await look(host, certificatePath, 0o644, 0);
      if (key === undefined) missing.push(keyPath);
      else found.set(keyPath, digestOf(key));
      if (certificate === undefined) missing.push(certificatePath);
      else found.set(certificatePath, digestOf(certificate));
      if (key === undefined || certificate === undefined || authority === undefined) continue;
      const leaf = new X509Certificate(certificate);
      assert.ok(
        leaf.checkPrivateKey(createPrivateKey(key)),
        `${keyPath} is not the key of ${certificatePath}`,
      );
      const isOurs = authorities(authority).some((one) => leaf.verify(one.publicKey));
      assert.ok(isOurs, `${certificatePath} is not of ${ca}`);
    }
  }
  if (missing.length === 10) return new Map();
  assert.deepEqual(missing, [], 'files are missing');
  return found;
}

/** Either none of the keys and certificates is another one than before, or each is. */
export function isAnotherSet(before: TreeDigests, after: TreeDigests): boolean {
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  const changed = paths.filter((path) => before.get(path) !== after.get(path));
  assert.ok(
    changed.length === 0 || changed.length === paths.length,
    `half of a set was replaced: ${changed.join(', ')}`,
  );
  return changed.length > 0;
}

async function look(host: HostLayout, path: string, mode: number, gid: number): Promise<Buffer | undefined> {
  const file = join(host.root, 'etc/pki', path);
  const info = await stat(file).catch(() => undefined);
  if (info === undefined) return undefined;
  assert.deepEqual([path, info.mode & 0o7777, info.uid, info.gid], [path, mode, 0, gid]);
  return readFile(file);
}

function authorities(bundle: Buffer): X509Certificate[] {
  const texts = bundle.toString().match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? [];
  return texts.map((text) => new X509Certificate(text));
}

function digestOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
