import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { exitCodeOfError, exitCodes } from './exit-codes.ts';
import { errorText } from './output/error-text.ts';
import { buildProgram } from './program.ts';
import { CliSession } from './session.ts';

/*
 * SIGINT, SIGTERM and SIGHUP ask for an orderly end: a migration is cancelled and its guest stays on the source.
 * A signal never ends the process by itself, so that nothing is left half done.
 */
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort(signal));
// A reader that goes away (`viaduct ... | head`) must not end a migration half way.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

const { version } = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'),
) as { version: string };
const session = new CliSession(stop.signal, version);
try {
  await buildProgram(session, version).parseAsync(process.argv.slice(2), { from: 'user' });
  process.exitCode = session.exitCode;
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong; `--help` and `--version` end this way as well, with code 0.
    process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.badInput;
  } else {
    process.stderr.write(`${errorText(error)}\n`);
    process.exitCode = exitCodeOfError(error);
  }
}
