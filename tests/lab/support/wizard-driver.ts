import { join } from 'node:path';
import { noVault } from '../../../electron/authorities/no-vault.ts';
import { createBackend } from '../../../electron/ipc/create-backend.ts';
import type { Backend, BackendClient } from '../../../electron/ipc/backend.ts';
import type { Command, Reply, Request, Responses } from '../../../electron/ipc/contract.ts';
import type { HostState, WizardSnapshot } from '../../../electron/ipc/views.ts';

/** The backend of a shell, driven as the screen drives it: by checked calls and the snapshots that come. */
export class WizardDriver {
  readonly backend: Backend;
  readonly #client: BackendClient;
  readonly #hosts = new Map<string, HostState>();
  readonly #waiting = new Set<() => void>();
  #wizard: WizardSnapshot | undefined;
  /** What was told while it worked, in order. */
  readonly told: string[] = [];

  private constructor(backend: Backend) {
    this.backend = backend;
    this.#client = backend.attach((event, payload) => {
      if (event === 'host') this.#hosts.set((payload as HostState).id, payload as HostState);
      if (event === 'wizard') this.#hear(payload as WizardSnapshot);
      for (const check of [...this.#waiting]) check();
    });
  }

  static async open(home: string): Promise<WizardDriver> {
    const vault = noVault('Nothing is remembered in tests.');
    return new WizardDriver(
      await createBackend({ home: join(home), shell: 'browser', version: '0', vault, tell: () => undefined }),
    );
  }

  async call<C extends Command>(command: C, request: Request<C>): Promise<Responses[C]> {
    const reply = (await this.#client.dispatch(command, request)) as Reply<C>;
    if (reply.ok) return reply.value;
    throw new Error(`${command}: ${reply.error.code}: ${reply.error.message} ${reply.error.remedy ?? ''}`);
  }

  async wizard(): Promise<WizardSnapshot> {
    return (await this.call('wizard.get', {})).wizard;
  }

  /** Adds hosts to the board, and waits until they are connected. */
  async addHosts(connectUris: readonly string[]): Promise<string[]> {
    const ids: string[] = [];
    for (const connectUri of connectUris) ids.push((await this.call('hosts.add', { connectUri })).hostId);
    await this.#until('the hosts are connected', () =>
      ids.every((id) => this.#hosts.get(id)?.connection.kind === 'connected') ? true : undefined,
    );
    return ids;
  }

  /** Asks for work, and waits until it has ended. */
  async work<C extends Command>(
    command: C,
    request: Request<C>,
    timeoutMs = 60_000,
  ): Promise<WizardSnapshot> {
    await this.call(command, request);
    await this.#until(
      `${command} has ended`,
      () => (this.#wizard?.running === undefined ? true : undefined),
      timeoutMs,
    );
    return this.wizard();
  }

  /** The first snapshot from now on of which this is true. */
  when(what: string, condition: (wizard: WizardSnapshot) => boolean): Promise<WizardSnapshot> {
    return this.#until(what, () => (this.#wizard && condition(this.#wizard) ? this.#wizard : undefined));
  }

  async close(): Promise<void> {
    this.#client.detach();
    await this.backend.close();
  }

  #hear(wizard: WizardSnapshot): void {
    this.#wizard = wizard;
    const sentence = wizard.running?.sentence;
    if (sentence !== undefined && sentence !== this.told.at(-1)) this.told.push(sentence);
  }

  #until<T>(what: string, check: () => T | undefined, timeoutMs = 30_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        const state = JSON.stringify({ steps: this.#wizard?.steps, running: this.#wizard?.running });
        reject(new Error(`Waited in vain until ${what}: ${state}`));
      }, timeoutMs);
      const look = (): void => {
        const found = check();
        if (found === undefined) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }
}

/** The steps as words, `names done`. */
export function standing({ steps }: WizardSnapshot): string[] {
  return steps.map(({ step, state }) => `${step} ${state}`);
}
