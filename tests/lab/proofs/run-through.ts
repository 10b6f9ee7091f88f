import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostLayout } from '../layout.ts';
import { viaduct, type ViaductRun } from '../support/viaduct.ts';
import type { CuttingProxy } from './cutting-proxy.ts';

/**
 * Runs the command line so that it reaches a host through the proxy: the `ssh` that it asks for its configuration
 * tells it that the host is there.
 */
export async function runThrough(
  proxy: CuttingProxy,
  host: HostLayout,
  home: string,
  args: readonly string[],
): Promise<ViaductRun> {
  const folder = await mkdtemp(join(tmpdir(), 'viaduct-through-'));
  try {
    const config = join(folder, 'config');
    const lines = [
      `Host ${host.fqdn}`,
      'HostName 127.0.0.1',
      `Port ${proxy.port}`,
      `HostKeyAlias ${host.fqdn}`,
    ];
    await writeFile(config, lines.map((line) => `${line}\n`).join(''));
    const ssh = join(folder, 'ssh');
    await writeFile(ssh, `#!/bin/sh\nexec /usr/bin/ssh -F '${config}' "$@"\n`);
    await chmod(ssh, 0o755);
    const path = `${folder}:${process.env['PATH'] ?? ''}`;
    return await viaduct(args, { environment: { VIADUCT_HOME: home, PATH: path } });
  } finally {
    await rm(folder, { recursive: true });
  }
}
