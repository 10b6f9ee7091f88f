import { BadInputError } from '../../common/errors.ts';
import type { History } from '../../engine/history/history.ts';
import { keepReceipt } from '../../engine/history/keep-receipt.ts';
import type { Receipt } from '../../engine/receipt/receipt.ts';
import type { Request, Responses } from '../contract.ts';
import type { EventHub } from '../event-hub.ts';
import type { HistoryItem } from '../views.ts';

/** Receipts of one answer; older ones are asked for. */
const pageSize = 500;

/** The history as the screen lists it: a line of each migration, the whole receipt on request. */
export class HistoryDesk {
  readonly #history: History;
  readonly #events: EventHub;

  constructor(history: History, events: EventHub) {
    this.#history = history;
    this.#events = events;
  }

  /** @throws ViaductError `history-unreadable` */
  async list({ before }: Request<'history.list'>): Promise<Responses['history.list']> {
    const { receipts, ...rest } = await this.#history.read({ limit: pageSize, before });
    return { items: receipts.map(itemOf), ...rest };
  }

  /** @throws BadInputError for a receipt that is not there. */
  async receipt(id: string): Promise<Receipt> {
    const receipt = await this.#history.find(id);
    if (receipt) return receipt;
    throw new BadInputError('receipt-unknown', 'That receipt is not in the history.', {
      side: 'client',
      remedy: `Look into ${this.#history.path}.`,
    });
  }

  /** @throws ViaductError `history-unreadable` */
  find(id: string): Promise<Receipt | undefined> {
    return this.#history.find(id);
  }

  /** Never rejects. @returns what to tell where it could not be kept. */
  async keep(receipt: Receipt): Promise<string | undefined> {
    const problem = await keepReceipt(this.#history, receipt);
    if (problem === undefined) this.#events.emit('history', itemOf(receipt));
    return problem;
  }
}

export function itemOf(receipt: Receipt): HistoryItem {
  const { id, startedAt, outcome, guest, uuid, source, destination, totalMs, downtimeMs, offline } = receipt;
  const between = receipt.streams.filter(({ name }) => !name.startsWith('control to'));
  return {
    ...{ id, startedAt, outcome, guest, uuid, source, destination, totalMs, downtimeMs },
    ...(offline && { offline }),
    between:
      between.length === 0
        ? undefined
        : {
            encrypted: between.every(({ encrypted }) => encrypted),
            authenticated: between.every(({ authenticated }) => authenticated),
          },
  };
}
