import { SvelteMap } from 'svelte/reactivity';
import { call, type Channel } from '../bridge.ts';
import type { HistoryItem, Receipt } from '../../electron/ipc/views.ts';
import type { NoticesController } from './notices.svelte.ts';
import { problemOf, type Problem } from './problem.ts';

/** A receipt on its way from the file to the panel. */
export type OpenedReceipt =
  { kind: 'pending' } | { kind: 'receipt'; receipt: Receipt } | { kind: 'problem'; problem: Problem };

/** The migrations of the past, newest first, as far as they were asked for. */
export class HistoryController {
  readonly #channel: Channel;
  readonly #notices: NoticesController;
  #items = $state.raw<readonly HistoryItem[]>([]);
  #older = $state.raw<number>();
  readonly #opened = new SvelteMap<string, OpenedReceipt>();
  /** False until the first answer has arrived. */
  loaded = $state(false);
  loadingOlder = $state(false);
  /** Why there was no answer. */
  problem = $state.raw<Problem>();
  /** What of it could not be read, in sentences. */
  unreadable = $state.raw<readonly string[]>([]);
  /** The words in the search field. */
  search = $state('');
  readonly count = $derived(this.#items.length);
  readonly hasOlder = $derived(this.#older !== undefined);
  readonly found = $derived.by(() => {
    const words = this.search.toLowerCase().split(/\s+/).filter(Boolean);
    return this.#items.filter(({ guest, uuid, source, destination }) => {
      const text = [guest, uuid, source, destination].join(' ').toLowerCase();
      return words.every((word) => text.includes(word));
    });
  });

  constructor(channel: Channel, notices: NoticesController) {
    this.#channel = channel;
    this.#notices = notices;
    channel.on('history', (item) => {
      if (this.loaded) this.#items = [item, ...this.#items.filter(({ id }) => id !== item.id)];
    });
  }

  get(id: string): HistoryItem | undefined {
    return this.#items.find((item) => item.id === id);
  }

  /** Reads it anew: the command line, too, writes to it. */
  async refresh(): Promise<void> {
    try {
      const { items, older, problems } = await call(this.#channel, 'history.list', {});
      this.#items = items;
      this.#older = older;
      this.unreadable = problems;
      this.problem = undefined;
    } catch (error) {
      this.problem = problemOf(error);
    }
    this.loaded = true;
  }

  async loadOlder(): Promise<void> {
    const before = this.#older;
    if (before === undefined || this.loadingOlder) return;
    this.loadingOlder = true;
    try {
      const { items, older, problems } = await call(this.#channel, 'history.list', { before });
      this.#items = [...this.#items, ...items];
      this.#older = older;
      const more = problems.filter((sentence) => !this.unreadable.includes(sentence));
      this.unreadable = [...this.unreadable, ...more];
    } catch (error) {
      this.#notices.report(error);
    } finally {
      this.loadingOlder = false;
    }
  }

  opened(id: string): OpenedReceipt {
    return this.#opened.get(id) ?? { kind: 'pending' };
  }

  async open(id: string): Promise<void> {
    try {
      const { receipt } = await call(this.#channel, 'history.receipt', { id });
      this.#opened.set(id, { kind: 'receipt', receipt });
    } catch (error) {
      this.#opened.set(id, { kind: 'problem', problem: problemOf(error) });
    }
  }
}
