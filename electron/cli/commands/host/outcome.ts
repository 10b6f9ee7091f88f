import { messageOf, ViaductError } from '../../../common/errors.ts';
import { SetupError } from '../../../setup/errors.ts';
import type { SetupOutcome, SetupProgress } from '../../../setup/transaction/transaction.ts';
import { exitCodeOfError, exitCodes } from '../../exit-codes.ts';
import { errorText } from '../../output/error-text.ts';
import { writeJsonLine } from '../../output/json-lines.ts';
import { printable } from '../../output/printable.ts';

/** How a command of `viaduct host` ended, in one word. */
export type HostOutcome = 'prepared' | 'unchanged' | 'undone' | 'refused' | 'failed' | 'cancelled' | 'stuck';

const codes: Readonly<Record<HostOutcome, number>> = {
  prepared: exitCodes.done,
  unchanged: exitCodes.done,
  undone: exitCodes.done,
  refused: exitCodes.refused,
  failed: exitCodes.failed,
  cancelled: exitCodes.cancelled,
  stuck: exitCodes.needsPerson,
};

/** The last line of a command, and its exit code. */
export function report(
  json: boolean,
  outcome: HostOutcome,
  hosts: readonly string[],
  sentence: string,
  error?: unknown,
): number {
  if (json)
    writeJsonLine('result', { outcome, hosts, ...(error !== undefined && { error: errorFields(error) }) });
  else process.stdout.write(`${printable(sentence)}\n`);
  return codes[outcome];
}

/** For what was thrown after something may have been touched, and for refusals. `undefined`: not of that kind. */
export function outcomeOfError(error: unknown): HostOutcome | undefined {
  if (!(error instanceof SetupError)) return undefined;
  switch (error.code) {
    case 'setup-interrupted':
    case 'setup-stuck':
    case 'setup-self-test':
      return 'stuck';
    case 'setup-plan-outdated':
    case 'setup-host-replaced':
    case 'setup-journal-damaged':
    case 'setup-journal-newer':
      return 'refused';
    default:
      return undefined;
  }
}

/** Says what was thrown, on standard error as always, and with `json` as the result as well. */
export function reportError(json: boolean, hosts: readonly string[], error: unknown): number {
  const outcome = outcomeOfError(error);
  process.stderr.write(`${errorText(error)}\n`);
  if (json) writeJsonLine('result', { outcome: outcome ?? 'refused', hosts, error: errorFields(error) });
  return outcome === undefined ? exitCodeOfError(error) : codes[outcome];
}

function errorFields(error: unknown): { code: string; message: string; remedy: string } {
  const { code = 'internal', remedy = '' } = error instanceof ViaductError ? error : {};
  return { code, message: messageOf(error), remedy };
}

/** Which of the two a transaction that took everything back is, and the words for it. */
export function rolledBackWords(
  host: string,
  { why, error }: Extract<SetupOutcome, { outcome: 'rolled-back' }>,
): { outcome: HostOutcome; sentence: string } {
  if (why === 'asked') return { outcome: 'undone', sentence: `${host} is as it was before.` };
  if (why === 'cancelled')
    return { outcome: 'cancelled', sentence: `Cancelled; ${host} is as it was before.` };
  return { outcome: 'failed', sentence: `It failed, and ${host} is as it was before. ${error ?? ''}` };
}

/** A sentence for each step, as it begins. */
export function progressReporter(host: string, json: boolean): (progress: SetupProgress) => void {
  return ({ title, direction, number, total }) => {
    if (json) writeJsonLine('step', { host, direction, title, number, total });
    else {
      const words = { apply: '', revert: 'take back: ', test: '' }[direction];
      process.stderr.write(`${printable(`${host} ${number}/${total} ${words}${title}`)}\n`);
    }
  };
}
