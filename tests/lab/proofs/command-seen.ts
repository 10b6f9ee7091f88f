import { certificateScript, recordPath } from '../../../electron/deploy/certificate-script.ts';

/** A command that went over the link. */
export interface CommandSeen {
  /** What it does, without its parameters: "put", "commit", "virt-admin". */
  what: string;
  /** Of those that do the same, from 0. */
  nth: number;
  /** Whether it changes something on the host; others only look. */
  changes: boolean;
}

const rootLock = '/run/viaduct-setup.lock';
const looking = new Set(['read', 'digest', 'look']);

export function describeCommand(command: string, before: readonly CommandSeen[]): CommandSeen {
  const words = unquote(command);
  const at = words.indexOf(rootLock);
  const operation = words[at + 1] ?? '';
  const changes = at !== -1 && !looking.has(operation);
  let what = operation;
  if (at === -1) what = 'ask';
  else if (operation === 'run') what = whatRuns(words.slice(at + 2));
  return { what, nth: before.filter((earlier) => earlier.what === what).length, changes };
}

/** Whose script it is, or which program. */
function whatRuns(words: readonly string[]): string {
  if (words.includes(certificateScript)) return words[words.indexOf(recordPath) + 1] ?? '';
  const named = words.filter((word) => !/^(env|-.*|[A-Z_]+=.*)$/.test(word));
  return named[0] ?? '';
}

/** The reverse of `quoteCommand`. */
function unquote(command: string): string[] {
  return [...command.matchAll(/(?:\\.|'[^']*'|[^ '\\])+/gs)].map(([word]) =>
    word.replace(
      /\\(.)|'([^']*)'/gs,
      (_all, escaped: string | undefined, quoted: string | undefined) => escaped ?? quoted ?? '',
    ),
  );
}
