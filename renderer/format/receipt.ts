import type { MigrationSnapshot } from '../../electron/ipc/views.ts';
import { runsWhere } from '../../electron/ipc/receipt-text.ts';

export {
  exactTime as receiptTime,
  optionWords,
  outcomeWord,
  modeWords,
  pauseText,
  receiptText,
  runsWhere,
} from '../../electron/ipc/receipt-text.ts';

export interface HostNames {
  source: string;
  destination: string;
}

/** Where the guest runs now, in one sentence, with the names that the board has; `undefined` while it is on its way. */
export function movedWhere({ guest, result }: MigrationSnapshot, names: HostNames): string | undefined {
  return result && runsWhere({ ...result, guest: guest.name, ...names });
}
