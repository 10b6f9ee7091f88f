import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { likeGnutlsFunction } from '../../../../electron/setup/handshakes/control-login.ts';

let bin: string;
beforeEach(async () => {
  bin = await mkdtemp(join(tmpdir(), 'viaduct-openssl-'));
});
afterEach(() => rm(bin, { recursive: true }));

/** What the function says where `openssl` is this script. */
async function saidWith(openssl: string): Promise<string> {
  const file = join(bin, 'openssl');
  await writeFile(file, `#!/bin/sh\n${openssl}\n`);
  await chmod(file, 0o755);
  const script = `set -u\n${likeGnutlsFunction}\nlike_gnutls`;
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', script], { env: { PATH: bin } });
  return stdout.trim();
}

it('asks for the level of GnuTLS', async () => {
  expect(await saidWith('echo TLS_AES_256_GCM_SHA384')).toBe('-cipher DEFAULT@SECLEVEL=1');
});

it('asks for nothing where OpenSSL has no levels, and says nothing of its mistake', async () => {
  expect(await saidWith('echo "Error in cipher list" >&2; exit 1')).toBe('');
});
