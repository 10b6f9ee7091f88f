import { mustRunOnHost, runOnHost } from './host.ts';
import type { HostLayout } from './layout.ts';

/**
 * Sends a signal to every process of a host whose command line matches.
 *
 * @returns how many there were; one that ended by itself meanwhile counts
 */
export async function killProcess(
  host: HostLayout,
  pattern: RegExp,
  signal: NodeJS.Signals,
): Promise<number> {
  const table = await mustRunOnHost(host, ['ps', '-e', '-o', 'pid=,args=']);
  const pids = matchingProcesses(table, pattern);
  if (pids.length > 0)
    await runOnHost(host, ['kill', '--signal', signal.replace(/^SIG/, ''), ...pids.map(String)]);
  return pids.length;
}

/** @param table lines of a process id, blanks, and the command line */
export function matchingProcesses(table: string, pattern: RegExp): number[] {
  return table
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null && match[1] !== '1' && pattern.test(match[2] ?? ''))
    .map((match) => Number(match?.[1]));
}
