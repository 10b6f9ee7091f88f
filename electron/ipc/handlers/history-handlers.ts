import type { Handlers } from '../contract.ts';
import type { HistoryDesk } from '../history/history-desk.ts';

type HistoryCommands = Extract<keyof Handlers, `history.${string}`>;

export function historyHandlers(history: HistoryDesk): Pick<Handlers, HistoryCommands> {
  return {
    'history.list': (request) => history.list(request),
    'history.receipt': async ({ id }) => ({ receipt: await history.receipt(id) }),
  };
}
