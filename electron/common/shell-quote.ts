import { ViaductError } from './errors.ts';

/** Linux takes at most 128 KiB for one argument, and sshd hands the whole command to the shell as one. */
const MAX_COMMAND_BYTES = 128 * 1024 - 1;

const SAFE_WORD = /^[A-Za-z0-9_@+:,./-]+$/;

/**
 * The command line that makes the remote login shell run exactly `argv`.
 *
 * SSH has no argument arrays: its exec request carries one string for the user's shell (RFC 4254, section 6.5).
 * This is the one place where Viaduct writes such a string. Quotes and backslashes stand outside the single
 * quotes, because fish reads `\'` and `\\` inside them; so the same text serves POSIX shells, fish and csh.
 *
 * @throws {ViaductError} `bad-command` for what no argument can hold: NUL, lone surrogates, too many bytes
 */
export function quoteCommand(argv: readonly string[]): string {
  if (argv.length === 0 || argv[0] === '') throw unusable('it names no program');
  const command = argv.map(quoteWord).join(' ');
  if (Buffer.byteLength(command) > MAX_COMMAND_BYTES) throw unusable('it is longer than 128 KiB');
  return command;
}

/** One word of such a command line. @throws {ViaductError} `bad-command` */
export function quoteWord(word: string): string {
  if (word.includes('\0')) throw unusable('an argument contains a NUL character');
  if (!word.isWellFormed()) throw unusable('an argument is not valid Unicode');
  if (word === '') return "''";
  if (SAFE_WORD.test(word)) return word;
  return word
    .split(/([\\']+)/)
    .filter((part) => part !== '')
    .map((part) => (/^[\\']/.test(part) ? part.replace(/./g, '\\$&') : `'${part}'`))
    .join('');
}

function unusable(reason: string): ViaductError {
  return new ViaductError('bad-command', `The command cannot be run on the host: ${reason}.`, {
    remedy: 'Check the names and paths that this operation uses.',
  });
}
