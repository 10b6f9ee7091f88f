import { call, type Channel } from '../bridge.ts';
import type { Request } from '../../electron/ipc/contract.ts';
import type { AuthoritiesSnapshot, AuthoritySnapshot } from '../../electron/ipc/views.ts';
import { clock } from './clock.ts';
import { isNewer } from './generations.ts';
import type { NoticesController } from './notices.svelte.ts';

/** The certificate authorities as last heard of, and the verbs on them. Passphrases pass through and are not kept. */
export class AuthoritiesController {
  readonly #channel: Channel;
  readonly #notices: NoticesController;
  #snapshot = $state.raw<AuthoritiesSnapshot>();
  /** Those in use first. */
  readonly list = $derived(this.#snapshot?.authorities ?? []);
  readonly unreadable = $derived(this.#snapshot?.unreadable ?? []);
  /** Whether a passphrase can be remembered, and what does that; `undefined` until it has been told. */
  readonly keyStore = $derived(this.#snapshot?.keyStore);
  /** False until the first list has arrived. */
  readonly loaded = $derived(this.#snapshot !== undefined);

  constructor(channel: Channel, notices: NoticesController) {
    this.#channel = channel;
    this.#notices = notices;
    channel.on('authorities', (snapshot) => this.#apply(snapshot));
  }

  async refresh(): Promise<void> {
    const { authorities } = await call(this.#channel, 'authorities.get', {});
    this.#apply(authorities);
  }

  get(name: string): AuthoritySnapshot | undefined {
    return this.list.find((authority) => authority.name === name);
  }

  /** Milliseconds until it locks itself, counting down; 0: it is locked. */
  unlockedForMs(name: string): number {
    const untilMs = this.get(name)?.unlockedUntilMs;
    return untilMs === undefined ? 0 : Math.max(0, untilMs - clock.nowMs);
  }

  /** @throws RemoteError with what is wrong with the wish. It is unlocked afterwards. */
  async create(wish: Request<'authorities.create'>): Promise<void> {
    await call(this.#channel, 'authorities.create', wish);
  }

  /** @throws RemoteError with what is wrong with the files. With its key, it is unlocked afterwards. */
  async import(files: Request<'authorities.import'>): Promise<void> {
    await call(this.#channel, 'authorities.import', files);
  }

  /** Without a passphrase, with the remembered one. @throws RemoteError */
  async unlock(request: Request<'authorities.unlock'>): Promise<void> {
    await call(this.#channel, 'authorities.unlock', request);
  }

  lock(name: string): void {
    call(this.#channel, 'authorities.lock', { name }).catch((error: unknown) => this.#notices.report(error));
  }

  /** Takes its passphrase out of the key store. */
  forget(name: string): void {
    call(this.#channel, 'authorities.forget', { name }).catch((error: unknown) =>
      this.#notices.report(error),
    );
  }

  #apply(snapshot: AuthoritiesSnapshot): void {
    if (isNewer(this.#snapshot, snapshot)) this.#snapshot = snapshot;
  }
}
