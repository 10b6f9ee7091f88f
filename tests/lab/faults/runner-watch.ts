import { setTimeout as delay } from 'node:timers/promises';
import {
  domainByUuid,
  domainState,
  domainStates,
  errorCodes,
  isLibvirtError,
  LibvirtClient,
  openUnixTransport,
  parseConnectUri,
} from '../../../electron/libvirt/index.ts';
import { leaderOf } from '../host.ts';
import { type HostName, hosts } from '../layout.ts';

const PAUSE_MS = 50;
const ANSWER_MS = 1000;

/**
 * Asks both hosts in turn, all the time, which of them runs a guest. Once it was seen to run on the one after the other,
 * it may never be seen to run on the other again: then it ran twice, or went back to where it was given up.
 */
export class RunnerWatch implements AsyncDisposable {
  readonly #uuid: string;
  readonly #clients = new Map<HostName, LibvirtClient>();
  readonly #runners: HostName[] = [];
  readonly #loop: Promise<void>;
  #stopped = false;
  #longestGapMs = 0;

  constructor(uuid: string) {
    this.#uuid = uuid;
    this.#loop = this.#watch();
  }

  /** @returns the hosts that were seen to run it, in their order, each once until another was */
  async stop(): Promise<{ runners: readonly HostName[]; longestGapMs: number }> {
    await this[Symbol.asyncDispose]();
    return { runners: this.#runners, longestGapMs: this.#longestGapMs };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#loop;
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    await Promise.all(clients.map((client) => client.close()));
  }

  async #watch(): Promise<void> {
    let lastAnswersAt = performance.now();
    while (!this.#stopped) {
      let answers = 0;
      for (const host of Object.keys(hosts) as HostName[]) {
        const runs = await this.#runsOn(host);
        if (runs !== undefined) answers++;
        if (runs === true && this.#runners.at(-1) !== host) this.#runners.push(host);
      }
      const now = performance.now();
      // While a host is broken on purpose there is no answer; the serial consoles tell of that time.
      if (answers === 2) this.#longestGapMs = Math.max(this.#longestGapMs, now - lastAnswersAt);
      lastAnswersAt = now;
      await delay(PAUSE_MS);
    }
  }

  /** `undefined` where the host does not answer. */
  async #runsOn(host: HostName): Promise<boolean | undefined> {
    try {
      const client = await this.#clientOf(host);
      const options = { deadlineMs: ANSWER_MS };
      const { state } = await domainState(client, await domainByUuid(client, this.#uuid, options), options);
      return state === domainStates.running;
    } catch (error) {
      if (isLibvirtError(error, errorCodes.noDomain)) return false;
      const client = this.#clients.get(host);
      this.#clients.delete(host);
      void client?.close().catch(() => undefined);
      return undefined;
    }
  }

  async #clientOf(host: HostName): Promise<LibvirtClient> {
    const known = this.#clients.get(host);
    if (known !== undefined) return known;
    const root = `/proc/${String(await leaderOf(hosts[host]))}/root`;
    const uri = parseConnectUri(`qemu+unix:///system?socket=${root}/run/libvirt/libvirt-sock-ro`);
    const stream = await openUnixTransport(uri);
    const options = { name: uri.remoteName, hostLabel: host, readOnly: true, handshakeTimeoutMs: ANSWER_MS };
    const client = await LibvirtClient.open(stream, options);
    this.#clients.set(host, client);
    return client;
  }
}
