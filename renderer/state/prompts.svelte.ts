import { SvelteMap } from 'svelte/reactivity';
import { call, type Channel } from '../bridge.ts';
import type { Request } from '../../electron/ipc/contract.ts';
import type { PromptView } from '../../electron/ipc/views.ts';
import type { NoticesController } from './notices.svelte.ts';

export type PromptAnswer = Request<'prompts.answer'>['answer'];

/** The questions of connection attempts, asked one at a time in the order they came. */
export class PromptsController {
  readonly #channel: Channel;
  readonly #notices: NoticesController;
  readonly #open = new SvelteMap<string, PromptView>();
  readonly current = $derived<PromptView | undefined>(this.#open.values().next().value);

  constructor(channel: Channel, notices: NoticesController) {
    this.#channel = channel;
    this.#notices = notices;
    channel.on('prompt', (prompt) => this.#open.set(prompt.promptId, prompt));
    channel.on('promptClosed', ({ promptId }) => this.#open.delete(promptId));
  }

  async refresh(): Promise<void> {
    const { prompts } = await call(this.#channel, 'prompts.list', {});
    for (const id of this.#open.keys()) {
      if (!prompts.some(({ promptId }) => promptId === id)) this.#open.delete(id);
    }
    for (const prompt of prompts) this.#open.set(prompt.promptId, prompt);
  }

  answer(promptId: string, answer: PromptAnswer): void {
    this.#open.delete(promptId);
    call(this.#channel, 'prompts.answer', { promptId, answer }).catch((error: unknown) =>
      this.#notices.report(error),
    );
  }
}
