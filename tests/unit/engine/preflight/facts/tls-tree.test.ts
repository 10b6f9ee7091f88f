import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parentsOf } from '../../../../../electron/engine/preflight/facts/file-access.ts';
import { loadTlsTree, parseSelinuxTypes } from '../../../../../electron/engine/preflight/facts/tls-tree.ts';
import { readQemuSettings } from '../../../../../electron/setup/config/qemu-settings.ts';
import { parsePublicKey } from '../../../../../electron/pki/public-key.ts';
import { localShell } from '../local-shell.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const options = { signal: new AbortController().signal };
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'viaduct-tls-'));
  await writeFile(join(directory, 'ca-cert.pem'), 'the CA');
  await writeFile(join(directory, 'server-key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await chmod(join(directory, 'server-key.pem'), 0o640);
});
afterAll(() => rm(directory, { recursive: true }));

function load(without: string[] = [], conf = ''): ReturnType<typeof loadTlsTree> {
  const settings = readQemuSettings(`migrate_tls_x509_cert_dir = "${directory}"\n${conf}`);
  return loadTlsTree(localShell(without), 'beta.lab', 'server', settings, { uid: 0, gid: 0 }, options);
}

describe("QEMU's certificate tree, read over a shell", () => {
  it('tells what is there, with owner and mode of everything on the way', async () => {
    const tree = await load();
    expect(tree.ca).toMatchObject({ content: { pem: 'the CA' }, stat: { kind: 'file', sizeBytes: 6 } });
    expect(tree.certificate).toMatchObject({ content: undefined, stat: undefined });
    expect(tree.key.stat).toMatchObject({ mode: 0o640 });
    expect(tree.directories.map(({ path }) => path)).toEqual(parentsOf(join(directory, 'ca-cert.pem')));
    expect(tree.qemuUser).toMatchObject({ name: 'root', uid: 0 });
  });

  describe.each([
    ['openssl', ['certtool']],
    ['certtool', ['openssl']],
  ])('by %s', (tool, without) => {
    const isHere = spawnSync(tool, ['--help']).error === undefined;
    it.skipIf(!isHere)('has the host derive the public half of the key', async () => {
      const { keysPublicHalf } = await load(without);
      const output = 'output' in keysPublicHalf ? keysPublicHalf.output : '';
      expect(parsePublicKey(output)?.equals(publicKey)).toBe(true);
      expect(output).not.toContain('PRIVATE');
    });
  });

  it('says so where no tool can', async () => {
    const { keysPublicHalf } = await load(['openssl', 'certtool']);
    expect(keysPublicHalf).toEqual({ unavailable: 'the host has neither openssl nor certtool' });
  });

  it('does not try a key that libvirt holds the passphrase of', async () => {
    const { keysPublicHalf } = await load([], 'migrate_tls_x509_secret_uuid = "u"');
    expect(keysPublicHalf).toMatchObject({ unavailable: expect.stringContaining('encrypted') as string });
  });
});

describe('SELinux types', () => {
  it.each<[string, [string, string][]]>([
    ['? /etc/pki/qemu\n? /etc/pki/qemu/ca-cert.pem\n', []],
    ['system_u:object_r:cert_t:s0 /etc/pki/qemu\n', [['/etc/pki/qemu', 'cert_t']]],
    [
      'unconfined_u:object_r:user_home_t:s0:c1,c2 /a b\nsystem_u:object_r:etc_t /c\n',
      [
        ['/a b', 'user_home_t'],
        ['/c', 'etc_t'],
      ],
    ],
    ['cert_t /etc/pki/qemu\n', []],
  ])('%j', (output, expected) => {
    expect([...parseSelinuxTypes(output)]).toEqual(expected);
  });
});
