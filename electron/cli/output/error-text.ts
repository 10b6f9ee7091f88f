import { messageOf, ViaductError } from '../../common/errors.ts';
import { printable } from './printable.ts';

/** One sentence, what to do next below it, never a stack trace. Text of hosts may be in it. */
export function errorText(error: unknown): string {
  const remedy = error instanceof ViaductError ? error.remedy : undefined;
  return [messageOf(error), ...(remedy === undefined ? [] : [remedy])].map(printable).join('\n');
}
