import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parse, stringify } from 'devalue';
import { WebSocket } from 'ws';
import {
  socketPath,
  tokenFragment,
  tokenProtocol,
  type ServerFrame,
} from '../../../electron/ipc/browser-wire.ts';
import type { Command, Request, Responses } from '../../../electron/ipc/contract.ts';
import type { HostState, PromptView, WizardSnapshot } from '../../../electron/ipc/views.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const waitMs = 150_000;

type Frame = Exclude<ServerFrame, { session: string }>;

/** `viaduct serve` with a page at it that answers questions as a person does, and remembers all that it was told. */
export class ServedPage implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #socket: WebSocket;
  readonly #secretFor: (question: PromptView) => string;
  readonly #replies = new Map<number, (reply: Extract<Frame, { reply: unknown }>['reply']) => void>();
  readonly #hosts = new Map<string, HostState>();
  readonly #checks = new Set<() => void>();
  #wizard: WizardSnapshot | undefined;
  #nextId = 1;
  /** What the server printed, and every frame that came from it. */
  shown = '';
  /** The kinds of questions that were answered. */
  readonly answered: string[] = [];

  /** @param secretFor what is answered to a question */
  static async open(home: string, secretFor: (question: PromptView) => string): Promise<ServedPage> {
    const child = spawn('npm', ['run', '-s', 'viaduct', '--', 'serve', '--port', '0', '--no-open'], {
      cwd: root,
      env: { ...process.env, VIADUCT_HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let printed = '';
    const url = await new Promise<URL>((resolve, reject) => {
      const hear = (chunk: string): void => {
        printed += chunk;
        const found = /http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]+(?=\s)/.exec(printed)?.[0];
        if (found !== undefined) resolve(new URL(found));
      };
      child.stdout.setEncoding('utf8').on('data', hear);
      child.stderr.setEncoding('utf8').on('data', hear);
      child.on('close', () => reject(new Error(`"viaduct serve" has ended: ${printed}`)));
    });
    const token = url.hash.slice(tokenFragment.length);
    const socket = new WebSocket(`ws://${url.host}${socketPath}`, tokenProtocol + token, {
      headers: { Origin: url.origin },
    });
    const page = new ServedPage(child, socket, secretFor);
    page.shown = printed;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: string) => (page.shown += chunk));
    }
    await once(socket, 'open');
    return page;
  }

  private constructor(child: ChildProcess, socket: WebSocket, secretFor: (question: PromptView) => string) {
    this.#child = child;
    this.#socket = socket;
    this.#secretFor = secretFor;
    socket.on('message', (data: Buffer) => this.#hear(data.toString('utf8')));
  }

  async call<C extends Command>(command: C, request: Request<C>): Promise<Responses[C]> {
    const id = this.#nextId++;
    const answer = new Promise<Extract<Frame, { reply: unknown }>['reply']>((resolve) => {
      this.#replies.set(id, resolve);
    });
    this.#socket.send(stringify({ id, command, request }));
    const reply = await answer;
    if (!reply.ok) throw new Error(`${command}: ${reply.error.message}`);
    return reply.value as Responses[C];
  }

  /** Puts a host on the board, and waits until it is connected. @returns its id */
  async addHost(connectUri: string): Promise<string> {
    const { hostId } = await this.call('hosts.add', { connectUri });
    await this.#until(`${connectUri} is connected`, () => {
      return this.#hosts.get(hostId)?.connection.kind === 'connected';
    });
    return hostId;
  }

  /** Has the wizard do something, and waits until that is over. @throws Error where a step has a problem. */
  async work<C extends Command>(command: C, request: Request<C>): Promise<WizardSnapshot> {
    await this.call(command, request);
    const begun = (await this.call('wizard.get', {})).wizard;
    const isLater = ({ generation }: WizardSnapshot): boolean => generation >= begun.generation;
    if (begun.running !== undefined) {
      await this.#until(`${command} is over`, () => {
        return this.#wizard !== undefined && isLater(this.#wizard) && this.#wizard.running === undefined;
      });
    }
    const { wizard } = await this.call('wizard.get', {});
    const problems = wizard.steps.flatMap(({ problem }) => problem?.message ?? []);
    if (problems.length > 0) throw new Error(`${command}: ${problems.join(' ')}`);
    return wizard;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'close');
    if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGTERM');
    await ended;
  }

  #hear(text: string): void {
    this.shown += text;
    const frame = parse(text) as ServerFrame;
    if ('reply' in frame) {
      this.#replies.get(frame.id)?.(frame.reply);
      this.#replies.delete(frame.id);
    } else if ('event' in frame) {
      if (frame.event === 'host') this.#hosts.set(frame.payload.id, frame.payload);
      if (frame.event === 'wizard') this.#wizard = frame.payload;
      if (frame.event === 'prompt') void this.#answer(frame.payload);
    }
    for (const check of [...this.#checks]) check();
  }

  async #answer(question: PromptView): Promise<void> {
    this.answered.push(question.kind);
    const answer = { kind: 'secret', secret: this.#secretFor(question) } as const;
    await this.call('prompts.answer', { promptId: question.promptId, answer });
  }

  async #until(what: string, isSo: () => boolean): Promise<void> {
    let look: () => void = () => undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`Waited in vain until ${what}.`)), waitMs);
        look = () => {
          if (!isSo()) return;
          clearTimeout(timer);
          resolve();
        };
        this.#checks.add(look);
        look();
      });
    } finally {
      this.#checks.delete(look);
    }
  }
}
