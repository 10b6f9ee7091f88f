import { messageOf, ViaductError } from '../../common/errors.ts';
import type { SudoPrompts } from '../../common/host/sudo-prompts.ts';
import { removeOneTimeFolder } from '../../deploy/one-time-identity.ts';
import { History } from '../../engine/history/history.ts';
import { keepReceipt } from '../../engine/history/keep-receipt.ts';
import { Journals, type UnfinishedMigration } from '../../engine/journal/journals.ts';
import { owned } from '../../engine/journal/journal-error.ts';
import { isSettled, type MigrationResult } from '../../engine/outcome.ts';
import { receiptOnce } from '../../engine/recover/receipt-once.ts';
import { recoverMigration } from '../../engine/recover/recover-migration.ts';
import type { ManagedHost } from '../../hosts/managed-host.ts';
import { exitCodes } from '../exit-codes.ts';
import { writeJsonLine } from '../output/json-lines.ts';
import { printable } from '../output/printable.ts';
import { resultText } from '../output/result-text.ts';

export interface RecoverArguments {
  home: string;
  json: boolean;
  prompts: SudoPrompts;
  signal: AbortSignal;
  open: (connectUri: string) => Promise<ManagedHost>;
}

/**
 * Settles every migration that the journal says is unfinished, all at once.
 *
 * @returns 6 where one of them stays unknown, could not be read, or belongs to another process
 */
export async function runRecover(request: RecoverArguments): Promise<number> {
  const { home, json } = request;
  const journals = new Journals(home);
  const { migrations, troubles } = await journals.unfinished();
  const found = migrations.length + troubles.length;
  if (json) writeJsonLine('unfinished', { found });
  else if (found === 0) process.stdout.write('Nothing is unfinished.\n');
  for (const { path, error } of troubles) tellTrouble(json, { path }, error);
  const settled = await Promise.all(migrations.map((migration) => settle(migration, journals, request)));
  return settled.every(Boolean) && troubles.length === 0 ? exitCodes.done : exitCodes.needsPerson;
}

/** Never rejects. @returns whether it is known now how that one ended */
async function settle(
  migration: UnfinishedMigration,
  journals: Journals,
  request: RecoverArguments,
): Promise<boolean> {
  const { json } = request;
  const { name, uuid } = migration.header.plan.guest;
  try {
    if (migration.owner !== undefined) throw owned(name, migration.owner);
    const result = await recover(migration, journals, request);
    if (result === undefined) return true;
    if (json) writeJsonLine('result', result);
    else process.stdout.write(`${resultText(result).split('\n').map(printable).join('\n')}\n`);
    return isSettled(result);
  } catch (error) {
    tellTrouble(json, { guest: name, uuid }, error);
    return false;
  }
}

/** @returns `undefined` where somebody else has settled it meanwhile */
async function recover(
  migration: UnfinishedMigration,
  journals: Journals,
  { home, json, prompts, signal, open }: RecoverArguments,
): Promise<MigrationResult | undefined> {
  const taken = await journals.take(migration);
  if (taken === undefined) return undefined;
  try {
    const { guest, source, destination } = migration.header.plan;
    const about = { guest: guest.name, uuid: guest.uuid };
    if (!json)
      process.stderr.write(`Asking ${source.name} and ${destination.name} where ${guest.name} runs ...\n`);
    const [from, to] = [await open(source.connectUri), await open(destination.connectUri)];
    const running = recoverMigration(
      {
        ...{ owned: taken, source: from, destination: to, signal },
        removeIdentity: (folder) => removeOneTimeFolder({ source: from, prompts }, folder),
      },
      {
        phase: (phase) => json && writeJsonLine('phase', { ...about, ...phase }),
        progress: (progress) => json && writeJsonLine('progress', { ...about, ...progress }),
      },
    );
    const result = await running.result;
    const history = new History(home);
    const receipt = await receiptOnce(taken, result, history);
    const problem = receipt && (await keepReceipt(history, receipt));
    if (problem !== undefined) process.stderr.write(`${printable(problem)}\n`);
    await (isSettled(result) ? taken.end() : taken.release());
    return result;
  } catch (error) {
    await taken.release();
    throw error;
  }
}

function tellTrouble(json: boolean, about: Record<string, string>, error: unknown): void {
  const { code = 'internal', side = 'client', remedy = '' } = error instanceof ViaductError ? error : {};
  const message = messageOf(error);
  if (json) writeJsonLine('unsettled', { ...about, code, side, message, remedy });
  else process.stderr.write(`${printable(message)}\n${printable(remedy)}\n`);
}
