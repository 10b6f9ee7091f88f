import { messageOf, ViaductError } from '../../common/errors.ts';
import type { Diagnosis, End, OfferedAction } from '../../engine/doctor/diagnosis.ts';
import { errorText } from './error-text.ts';
import { writeJsonLine } from './json-lines.ts';
import { printable } from './printable.ts';
import { tableText } from './table-text.ts';

type Taken = Pick<OfferedAction, 'action' | 'host'>;

export function tellDiagnosis(
  json: boolean,
  about: { guest: string; uuid: string },
  diagnosis: Diagnosis,
): void {
  if (json) writeJsonLine('situation', { ...about, ...diagnosis });
  else process.stdout.write(`${diagnosisText(diagnosis)}\n`);
}

/** Recovering takes as long as the rest of the memory does. */
export function tellBegun(json: boolean, { action }: Taken, host: string): void {
  if (!json) process.stderr.write(`${printable(`${action} on ${host}`)} ...\n`);
}

export function tellDone(json: boolean, taken: Taken): void {
  if (json) writeJsonLine('done', taken);
  else process.stdout.write('Done. Now:\n\n');
}

/** It was begun, and did not succeed or has an unknown outcome. */
export function tellFailed(json: boolean, taken: Taken, error: unknown): void {
  if (json) writeJsonLine('failed', { ...taken, ...errorFields(error) });
  process.stderr.write(`${errorText(error)}\n`);
}

/** Nothing was touched; without an error because it was not agreed to. */
export function tellRefused(json: boolean, error: ViaductError | undefined): void {
  const disagreed = {
    code: 'not-agreed',
    message: 'Nothing was touched.',
    remedy: 'Agree to it, or add --yes.',
  };
  if (json) writeJsonLine('refused', error === undefined ? disagreed : errorFields(error));
  process.stderr.write(`${error === undefined ? disagreed.message : errorText(error)}\n`);
}

function diagnosisText({ summary, hosts, journal, actions, advice }: Diagnosis): string {
  const rows = (['source', 'destination'] as const).map((end) => {
    const { name, state, holds } = hosts[end];
    return [`  ${printable(name)}`, printable(state), printable(holds)];
  });
  const offered = actions.map(({ action, host, why }) => offerText(action, hosts, host, why));
  const lines = [
    printable(summary),
    tableText(rows),
    ...(journal === '' ? [] : [printable(journal)]),
    ...(advice === '' ? [] : [printable(advice)]),
    ...offered,
  ];
  return lines.join('\n');
}

function offerText(action: string, hosts: Diagnosis['hosts'], host: End, why: string): string {
  return `Safe: --do ${action}, on ${printable(hosts[host].name)}. ${printable(why)}`;
}

function errorFields(error: unknown): Record<'code' | 'message' | 'remedy', string> {
  const { code = 'internal', remedy = '' } = error instanceof ViaductError ? error : {};
  return { code, message: messageOf(error), remedy };
}
