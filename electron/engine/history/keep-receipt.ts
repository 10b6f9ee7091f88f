import { messageOf } from '../../common/errors.ts';
import type { Receipt } from '../receipt/receipt.ts';
import type { History } from './history.ts';

/** A disk that does not answer must not keep the end of a migration from being told. */
const patienceMs = 5_000;

/**
 * Puts a receipt into the history. What has become of the guest does not depend on it: never rejects.
 *
 * @returns what to tell where it could not be kept, in one sentence; `undefined` where it was.
 */
export async function keepReceipt(
  history: Pick<History, 'append'>,
  receipt: Receipt,
  limitMs = patienceMs,
): Promise<string | undefined> {
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(
    () => late.resolve(`There was no answer from the disk within ${limitMs / 1000} s.`),
    limitMs,
  );
  const kept = history.append(receipt).then(() => undefined, messageOf);
  const why = await Promise.race([kept, late.promise]);
  clearTimeout(timer);
  return why === undefined ? undefined : `This migration is not in the history. ${why}`;
}
