import { ViaductError } from '../../common/errors.ts';
import type { SudoPrompts } from '../../common/host/sudo-prompts.ts';
import { openPkiHost } from '../../deploy/pki-host.ts';
import { sightingsOn } from '../../deploy/sightings.ts';
import type { SetupHost } from '../../setup/setup-host.ts';
import type { Look } from './calendar-groups.ts';
import { certificateProblem } from './certificate-words.ts';

/** Hosts that are looked at side by side. */
const atOnce = 4;

/** A host on the board. */
export interface BoardHost {
  hostId: string;
  host: SetupHost;
  isConnected: boolean;
  /** Why nothing may be changed on it, if that is so. */
  readOnly: string | undefined;
}

/** What was seen of certificates in hosts' files and at their ports, in this run of the app. */
export class HostLooks {
  readonly #now: () => Date;
  readonly #changed: () => void;
  readonly #looks = new Map<string, Look>();
  readonly #under = new Set<string>();
  readonly #outdated = new Set<string>();

  constructor(now: () => Date, changed: () => void) {
    this.#now = now;
    this.#changed = changed;
  }

  get all(): ReadonlyMap<string, Look> {
    return this.#looks;
  }

  get beingLookedAt(): ReadonlySet<string> {
    return this.#under;
  }

  /** Hosts whose last look was dropped, and that were not looked at since. */
  get outdated(): ReadonlySet<string> {
    return this.#outdated;
  }

  /** Forgets what was seen of a host: it may not be so any more. */
  drop(name: string): void {
    if (this.#looks.delete(name)) this.#outdated.add(name);
  }

  /** How a host that cannot be looked at is told is its `problem`; rejects only when the signal has fired. */
  async look(
    hosts: readonly BoardHost[],
    prompts: SudoPrompts,
    signal: AbortSignal,
    tell: (sentence: string) => void = () => undefined,
  ): Promise<void> {
    const waiting = [...hosts];
    for (const { host } of hosts) this.#under.add(host.name);
    this.#changed();
    const worker = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        signal.throwIfAborted();
        tell(`Looking at ${next.host.name} ...`);
        await this.#lookAt(next, prompts, signal);
      }
    };
    try {
      await Promise.all(Array.from({ length: atOnce }, worker));
    } finally {
      for (const { host } of hosts) this.#under.delete(host.name);
      this.#changed();
    }
  }

  async #lookAt({ hostId, host }: BoardHost, prompts: SudoPrompts, signal: AbortSignal): Promise<void> {
    const triedAtMs = this.#now().getTime();
    try {
      const opened = await openPkiHost(host, { prompts, signal });
      const sightings = await sightingsOn(opened, [], signal);
      this.#looks.set(host.name, { triedAtMs, seenAtMs: triedAtMs, sightings, problem: undefined });
    } catch (error) {
      signal.throwIfAborted();
      const problem = certificateProblem(error, hostId);
      const { seenAtMs, sightings = [] } = this.#looks.get(host.name) ?? {};
      this.#looks.set(host.name, { triedAtMs, seenAtMs, sightings, problem });
    }
    this.#under.delete(host.name);
    this.#outdated.delete(host.name);
    this.#changed();
  }
}

/** For looks that nobody asked for: no question is put, and that there would have been one is said as that. */
export const quietPrompts: SudoPrompts = {
  interactive: true,
  askSudoPassword: ({ host, user }) =>
    Promise.reject(
      new ViaductError('sudo-password-needed', `sudo on ${host} asks for the password of ${user}.`, {
        remedy: 'Look again to be asked for it.',
      }),
    ),
};
