import { viaductHome } from '../../common/home.ts';
import { History } from '../../engine/history/history.ts';
import { keepReceipt } from '../../engine/history/keep-receipt.ts';
import { makeReceipt, type ReceiptRequest } from '../../engine/receipt/make-receipt.ts';
import type { Receipt } from '../../engine/receipt/receipt.ts';
import { printable } from '../output/printable.ts';

/** Keeps the receipt of a run that has just ended; that it could not be kept is told, and changes nothing else. */
export async function keepHistory(
  request: Omit<ReceiptRequest, 'endedAt'>,
  { quiet }: { quiet: boolean },
): Promise<void> {
  const receipt = makeReceipt({ ...request, endedAt: new Date() });
  const history = { append: async (entry: Receipt) => new History(viaductHome()).append(entry) };
  const problem = await keepReceipt(history, receipt);
  if (problem !== undefined) process.stderr.write(`${printable(problem)}\n`);
  else if (!quiet) process.stderr.write(`Its receipt: viaduct history ${receipt.id.slice(0, 8)}\n`);
}
