import type { HostShell } from '../../../hosts/host-access.ts';
import { FactUnavailableError } from '../errors.ts';
import { runCommonTool, type ToolOptions } from './shell-tools.ts';
import type { PathFacts } from './storage.ts';

const qemuConfPath = '/etc/libvirt/qemu.conf';
const maxConfBytes = 256 * 1024;

/** The text of qemu.conf; empty where there is none, which means that every default applies. */
export async function readQemuConf(shell: HostShell, host: string, options: ToolOptions): Promise<string> {
  const argv = ['head', '-c', String(maxConfBytes + 1), '--', qemuConfPath];
  const { code, output, errorText } = await runCommonTool(shell, host, argv, {
    ...options,
    maxOutputBytes: 2 * maxConfBytes,
  });
  if (code === 0) return output;
  if (/no such file/i.test(errorText)) return '';
  throw new FactUnavailableError(
    'not-readable',
    `The login on ${host} may not read ${qemuConfPath}, which says where QEMU's certificates are.`,
    `Connect to ${host} as a user who may read ${qemuConfPath}, usually root.`,
    errorText,
  );
}

export async function loadPath(
  shell: HostShell,
  host: string,
  path: string,
  options: ToolOptions,
): Promise<PathFacts | undefined> {
  const [own, fileSystem] = await Promise.all([
    runCommonTool(shell, host, ['stat', '-L', '-c', '%s %F', '--', path], options),
    runCommonTool(shell, host, ['stat', '-f', '-c', '%T', '--', path], options),
  ]);
  if (own.code !== 0) {
    if (/no such file|not a directory/i.test(own.errorText)) return undefined;
    throw new FactUnavailableError(
      'not-readable',
      `The login on ${host} cannot look at ${path}: ${own.errorText.slice(0, 200)}`,
      `Connect to ${host} as a user who may look at ${path}, usually root.`,
    );
  }
  const match = /^(\d+) (.+)$/.exec(own.output.trim());
  const kind = match?.[2] ?? '';
  return {
    kind: kind.startsWith('regular')
      ? 'file'
      : kind === 'directory'
        ? kind
        : kind === 'block special file'
          ? 'block'
          : 'other',
    sizeBytes: Number(match?.[1] ?? 0),
    fileSystem: fileSystem.output.trim(),
  };
}

const deviceName = /^[^/\s]{1,32}$/;

/** Whether the host has a network device (also a bridge) of that name. */
export async function hasNetworkDevice(
  shell: HostShell,
  host: string,
  device: string,
  options: ToolOptions,
): Promise<boolean> {
  if (!deviceName.test(device) || device === '.' || device === '..') return false;
  const { code } = await runCommonTool(shell, host, ['test', '-e', `/sys/class/net/${device}`], options);
  return code === 0;
}
