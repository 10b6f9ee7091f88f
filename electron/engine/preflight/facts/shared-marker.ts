import { randomBytes } from 'node:crypto';
import type { ViaductError } from '../../../common/errors.ts';
import { HostRightsError } from '../../../common/host/host-errors.ts';
import type { HostShell } from '../../../common/host/host-shell.ts';
import type { RootShell } from '../../../common/host/root-shell.ts';
import { FactUnavailableError } from '../errors.ts';
import { runTool, type ToolResult } from './shell-tools.ts';

/**
 * Makes the empty file "$2" beside the file that "$1" leads to, which must not exist yet, readable by its owner alone.
 * A process that outlives the script removes it after "$3" seconds, in case nobody else comes to do it.
 */
const putScript = `
umask 077
set -C
file=$(readlink -f -- "$1") || exit 1
dir=$(dirname "$file")
(trap '' HUP; sleep "$3"; exec rm -f -- "$dir/$2") </dev/null >/dev/null 2>&1 &
: >"$dir/$2" || { kill "$!"; exit 1; }
`;

const removeScript = `
file=$(readlink -f -- "$1") || exit 1
dir=$(dirname "$file")
exec rm -f -- "$dir/$2"
`;

/** Prints whether "$2" is beside the file that "$1" leads to; a network file system gets a second to show it. */
const lookScript = `
file=$(readlink -f -- "$1") || exit 1
dir=$(dirname "$file")
[ -x "$dir" ] || { echo "may not look into $dir" >&2; exit 1; }
for attempt in 1 2 3 4 5; do
  [ -e "$dir/$2" ] && { echo seen; exit; }
  sleep 0.2
done
echo absent
`;

const guardSeconds = 20;
const removeDeadlineMs = 10_000;

/** A hand on a host: root's where the login can be root, else the login's own. */
export interface MarkerHand {
  host: string;
  shell: HostShell;
  root: () => Promise<RootShell>;
}

/** Nobody else makes a file of this name, so that seeing it is seeing the very same folder. */
export function markerName(): string {
  return `.viaduct-${randomBytes(12).toString('hex')}`;
}

/**
 * Puts an empty file beside the file at `path`. It is gone once it was disposed of, which never rejects and does not
 * heed the signal; should this machine not come to that, the host removes it after 20 s.
 *
 * @throws {FactUnavailableError} `not-readable`: no file can be made there.
 */
export async function putMarker(
  hand: MarkerHand,
  path: string,
  name: string,
  signal: AbortSignal,
): Promise<AsyncDisposable> {
  const remove = async () => {
    try {
      await run(hand, removeScript, [path, name], AbortSignal.timeout(removeDeadlineMs));
    } catch {
      // The host removes it by itself a few seconds later.
    }
  };
  let result: ToolResult;
  try {
    result = await run(hand, putScript, [path, name, String(guardSeconds)], signal);
  } catch (error) {
    await remove();
    throw error;
  }
  if (result.code !== 0) throw cannot(hand.host, `make a file beside ${path}`, result.errorText);
  return { [Symbol.asyncDispose]: remove };
}

/** @throws {FactUnavailableError} `not-readable`: the folder cannot be looked into. */
export async function seesMarker(
  hand: MarkerHand,
  path: string,
  name: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { code, output, errorText } = await run(hand, lookScript, [path, name], signal);
  const word = output.trim();
  if (code === 0 && (word === 'seen' || word === 'absent')) return word === 'seen';
  throw cannot(hand.host, `look beside ${path}`, errorText);
}

async function run(
  { host, shell, root }: MarkerHand,
  script: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<ToolResult> {
  const argv = ['sh', '-c', script, 'viaduct', ...args];
  const asRoot = await root().catch((error: unknown) => {
    if (error instanceof HostRightsError) return undefined;
    throw error;
  });
  if (asRoot === undefined) {
    const result = await runTool(shell, argv, { signal });
    if (result === undefined) throw cannot(host, 'run a shell', '');
    return result;
  }
  // It leaves nothing behind, so it need not wait for those that change the host.
  const { code, stdout, stderr } = await asRoot.operate('look', argv, { signal, deadlineMs: 10_000 });
  return { code, output: new TextDecoder().decode(stdout), errorText: stderr.trim() };
}

function cannot(host: string, what: string, said: string): ViaductError {
  return new FactUnavailableError(
    'not-readable',
    `On ${host} Viaduct cannot ${what}${said === '' ? '' : `: ${said.slice(0, 200)}`}.`,
    `Connect to ${host} as a user who may write there, usually root.`,
  );
}
