import { randomUUID } from 'node:crypto';
import type { SudoPrompts } from '../common/host/sudo-prompts.ts';
import { BadInputError } from '../common/errors.ts';
import type { HostPrompts } from '../hosts/host-prompts.ts';
import { hostKeyWarning } from '../ssh/prompts.ts';
import type { Request } from './contract.ts';
import type { EventHub } from './event-hub.ts';
import type { PromptView } from './views.ts';

type Answer = Request<'prompts.answer'>['answer'];
type Question = PromptView extends infer P ? (P extends PromptView ? Omit<P, 'promptId'> : never) : never;

interface OpenPrompt {
  view: PromptView;
  settle: (answer: Answer) => void;
}

const refusal: Answer = { kind: 'refuse' };

/** Carries the questions of connection attempts to the screen and the answers back. Answers are never kept. */
export class PromptDesk {
  readonly #open = new Map<string, OpenPrompt>();
  readonly #events: EventHub;

  constructor(events: EventHub) {
    this.#events = events;
  }

  list(): PromptView[] {
    return [...this.#open.values()].map(({ view }) => view);
  }

  answer(promptId: string, answer: Answer): void {
    const prompt = this.#open.get(promptId);
    if (!prompt) {
      throw new BadInputError('prompt-over', 'That question is no longer open.', {
        remedy: 'Connect again to be asked anew.',
      });
    }
    prompt.settle(answer);
  }

  /** Refuses every open question. */
  close(): void {
    for (const prompt of [...this.#open.values()]) prompt.settle(refusal);
  }

  readonly prompts: HostPrompts = {
    interactive: true,
    confirmHostKey: async (question, signal) => {
      const { host, port, type: keyType, fingerprint } = question;
      const warning = hostKeyWarning(question);
      const answer = await this.#ask({ kind: 'host-key', host, port, keyType, fingerprint, warning }, signal);
      return answer.kind === 'accept';
    },
    askPassphrase: async ({ keyFile, attempt }, signal) => {
      const answer = await this.#ask({ kind: 'passphrase', keyFile, attempt }, signal);
      return answer.kind === 'secret' ? answer.secret : undefined;
    },
    answerChallenge: async ({ host, user, prompts }, signal) => {
      const answers: string[] = [];
      for (const { text, echo } of prompts) {
        const answer = await this.#ask({ kind: 'challenge', host, user, question: text, echo }, signal);
        if (answer.kind !== 'secret') return undefined;
        answers.push(answer.secret);
      }
      return answers;
    },
    askLogin: async ({ host, mechanism, user: known, attempt }, signal) => {
      const question = { kind: 'login', host, mechanism, attempt } as const;
      const user = known ?? secretOf(await this.#ask({ ...question, user: undefined }, signal));
      if (user === undefined || user === '') return undefined;
      const password = secretOf(await this.#ask({ ...question, user }, signal));
      return password === undefined ? undefined : { user, password };
    },
  };

  readonly sudoPrompts: SudoPrompts = {
    interactive: true,
    askSudoPassword: async ({ host, user, attempt }, signal) =>
      secretOf(await this.#ask({ kind: 'sudo', host, user, attempt }, signal)),
  };

  #ask(question: Question, signal?: AbortSignal): Promise<Answer> {
    if (signal?.aborted) return Promise.resolve(refusal);
    const promptId = randomUUID();
    const view: PromptView = { promptId, ...question };
    return new Promise((resolve) => {
      const settle = (answer: Answer) => {
        if (!this.#open.delete(promptId)) return;
        signal?.removeEventListener('abort', giveUp);
        this.#events.emit('promptClosed', { promptId });
        resolve(answer);
      };
      const giveUp = () => settle(refusal);
      signal?.addEventListener('abort', giveUp);
      this.#open.set(promptId, { view, settle });
      this.#events.emit('prompt', view);
    });
  }
}

function secretOf(answer: Answer): string | undefined {
  return answer.kind === 'secret' ? answer.secret : undefined;
}
