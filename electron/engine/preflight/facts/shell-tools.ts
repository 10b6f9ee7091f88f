import { ViaductError } from '../../../common/errors.ts';
import type { HostShell } from '../../../hosts/host-access.ts';
import { FactUnavailableError } from '../errors.ts';

export interface ToolResult {
  code: number;
  output: string;
  errorText: string;
}

export interface ToolOptions {
  signal: AbortSignal;
  deadlineMs?: number;
  maxOutputBytes?: number;
}

/** Far longer than any of the small questions takes; the whole preflight is meant to take less. */
const toolDeadlineMs = 5_000;
const maxToolOutputBytes = 64 * 1024;
const exitNotFound = 127;

/**
 * Runs a small tool of the host, in the C locale so that its words can be told apart.
 *
 * `undefined`: the host has no such tool. Every other exit is a result.
 */
export async function runTool(
  shell: HostShell,
  argv: readonly string[],
  options: ToolOptions,
): Promise<ToolResult | undefined> {
  const limits = {
    signal: options.signal,
    deadlineMs: options.deadlineMs ?? toolDeadlineMs,
    maxOutputBytes: options.maxOutputBytes ?? maxToolOutputBytes,
  };
  try {
    const { code, stdout, stderr } = await shell.exec(['env', 'LC_ALL=C', ...argv], limits);
    if (code === exitNotFound) return undefined;
    return { code, output: new TextDecoder().decode(stdout), errorText: stderr.trim() };
  } catch (error) {
    if (error instanceof ViaductError && error.code === 'ssh-command-not-found') return undefined;
    throw error;
  }
}

/** As `runTool`, for tools that every host is expected to have. @throws {FactUnavailableError} `tool-missing` */
export async function runCommonTool(
  shell: HostShell,
  host: string,
  argv: readonly string[],
  options: ToolOptions,
): Promise<ToolResult> {
  const result = await runTool(shell, argv, options);
  if (result !== undefined) return result;
  const tool = argv[0] ?? '';
  throw new FactUnavailableError(
    'tool-missing',
    `${host} has no program "${tool}".`,
    `Check by hand what "${tool}" would have told.`,
  );
}
