import { quoteWord } from '../../../common/shell-quote.ts';
import type { RootShell } from '../../../common/host/root-shell.ts';
import type { HostShell } from '../../../hosts/host-access.ts';
import { FactUnavailableError } from '../errors.ts';
import { imageHeaderBytes, parseImageHeader, type ImageHeader } from './image-header.ts';
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
    runCommonTool(shell, host, ['stat', '-L', '-c', '%s %b %B %F', '--', path], options),
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
  const match = /^(\d+) (\d+) (\d+) (.+)$/.exec(own.output.trim());
  const kind = match?.[4] ?? '';
  return {
    kind: kind.startsWith('regular')
      ? 'file'
      : kind === 'directory'
        ? kind
        : kind === 'block special file'
          ? 'block'
          : 'other',
    sizeBytes: Number(match?.[1] ?? 0),
    allocatedBytes: Number(match?.[2] ?? 0) * Number(match?.[3] ?? 0),
    fileSystem: fileSystem.output.trim(),
  };
}

/** Bytes that a user other than root may still write in the file system of a directory. */
export async function loadFreeBytes(
  shell: HostShell,
  host: string,
  directory: string,
  options: ToolOptions,
): Promise<number> {
  const argv = ['stat', '-f', '-c', '%a %S', '--', directory];
  const { code, output, errorText } = await runCommonTool(shell, host, argv, options);
  const [, blocks, blockBytes] = /^(\d+) (\d+)\s*$/.exec(output) ?? [];
  if (code !== 0 || blocks === undefined) {
    throw new FactUnavailableError(
      'unexpected-answer',
      `The free space of ${directory} on ${host} could not be had: ${errorText.slice(0, 200)}`,
      `Look at it there: df ${directory}`,
    );
  }
  return Number(blocks) * Number(blockBytes);
}

/** The format and virtual size of an image that no pool of the host shows. */
export async function loadImageHeader(
  root: RootShell,
  host: string,
  path: string,
  sizeBytes: number,
  options: ToolOptions,
): Promise<ImageHeader> {
  const argv = ['head', '-c', String(imageHeaderBytes), '--', path];
  const { code, stdout, stderr } = await root.operate('look', argv, { ...options, deadlineMs: 5_000 });
  if (code === 0) return parseImageHeader(stdout, sizeBytes);
  throw new FactUnavailableError(
    'not-readable',
    `${path} on ${host} could not be read: ${stderr.trim().slice(0, 200)}`,
    `Look at it there: qemu-img info ${quoteWord(path)}`,
  );
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
