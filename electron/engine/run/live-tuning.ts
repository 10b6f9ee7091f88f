import { messageOf } from '../../common/errors.ts';
import { noSpeedLimit } from '../../libvirt/index.ts';
import type { DomainRef } from '../../libvirt/index.ts';
import type { Clock } from '../clock.ts';
import type { MigrationPlan } from '../plan.ts';
import type { MigrationEvent } from '../state/migration-event.ts';
import { isCopying, isEnd } from '../state/migration-state.ts';
import type { MigrationState } from '../state/migration-state.ts';
import type { MigrationLimits } from './limits.ts';
import { DaemonError } from './migration-link.ts';
import type { ControlLink, MigrationHost } from './migration-link.ts';
import type { RunAction } from './run-report.ts';
import { tuningIn } from './tuning.ts';
import { within } from './within.ts';

/** What to change; what is absent stays. */
export interface TuningChange {
  /** MiB/s; `null` for no limit. */
  bandwidthMiBps?: number | null | undefined;
  maxDowntimeMs?: number | undefined;
}

/** QEMU's own, where nothing else is set (migration/options.c, DEFAULT_MIGRATE_SET_DOWNTIME). */
export const defaultMaxDowntimeMs = 300;

export interface TuningAnswer {
  accepted: boolean;
  sentence: string;
}

export interface LiveTuningRequest {
  plan: MigrationPlan;
  source: MigrationHost;
  dom: DomainRef;
  clock: Clock;
  limits: MigrationLimits;
  state: () => MigrationState;
  /** Takes the event at once. */
  apply: (event: MigrationEvent) => void;
  /** Resolves once what was applied is on disk, and rejects where it cannot be. */
  written: () => Promise<void>;
  report: (action: RunAction) => void;
}

/**
 * Orders to the source's daemon while it copies, over the control connection: every one of them is safe to be carried
 * out late, except for the switch to post-copy, whose intent goes into the run's state first.
 */
export class LiveTuning {
  readonly #request: LiveTuningRequest;
  #switching = false;
  #isPausedByUs = false;
  #maxDowntimeMs: number;

  constructor(request: LiveTuningRequest) {
    this.#request = request;
    this.#maxDowntimeMs = request.plan.options.maxDowntimeMs ?? defaultMaxDowntimeMs;
  }

  /** Whether the guest was paused from here, or is just being told to. */
  get isPausedByUs(): boolean {
    return this.#isPausedByUs;
  }

  /** The pause that is allowed at switchover, as it is set now. */
  get maxDowntimeMs(): number {
    return this.#maxDowntimeMs;
  }

  /** Never rejects. */
  async tune({ bandwidthMiBps, maxDowntimeMs }: TuningChange): Promise<TuningAnswer> {
    const answers: TuningAnswer[] = [];
    if (bandwidthMiBps !== undefined) answers.push(await this.#setBandwidth(bandwidthMiBps));
    if (maxDowntimeMs !== undefined) answers.push(await this.#setMaxDowntime(maxDowntimeMs));
    return {
      accepted: answers.length > 0 && answers.every(({ accepted }) => accepted),
      sentence: answers.map(({ sentence }) => sentence).join(' ') || 'Nothing was to be changed.',
    };
  }

  /** Pauses the guest where it is, so that the copy comes to an end; Finish lets it go on at the destination. */
  async suspend(): Promise<TuningAnswer> {
    const { state, dom, plan } = this.#request;
    const now = state();
    if (!isCopying(now) || now.stop !== null || now.course.switched) {
      return { accepted: false, sentence: 'Nothing is being copied now.' };
    }
    this.#isPausedByUs = true;
    const answer = await this.#order('suspend', (link) => link.suspend(dom), {
      done: `${plan.guest.name} is paused until it has moved.`,
      by: 'timeout',
    });
    this.#isPausedByUs = answer.accepted;
    return answer;
  }

  /**
   * Has the source switch to post-copy.
   *
   * Never rejects. Without an answer it asks again for as long as the copy goes on: the order may be given twice.
   */
  async switchToPostCopy(by: RunAction['by']): Promise<TuningAnswer> {
    const refused = this.#whyNot();
    if (refused !== undefined) return { accepted: false, sentence: refused };
    const { apply } = this.#request;
    this.#switching = true;
    apply({ type: 'switching' });
    const answer = (await this.#whyNotWritten()) ?? (await this.#orderSwitch());
    this.#switching = false;
    this.#report('post-copy', by, answer);
    return answer;
  }

  #whyNot(): string | undefined {
    if (this.#switching) return 'It is being switched to post-copy.';
    const { possible, sentence } = tuningIn(this.#request.state(), this.#request.plan).postCopy;
    return possible ? undefined : sentence;
  }

  /** A switch that is not on disk is not ordered. */
  async #whyNotWritten(): Promise<TuningAnswer | undefined> {
    try {
      await this.#request.written();
      return undefined;
    } catch (error) {
      this.#request.apply({ type: 'switch-refused' });
      return { accepted: false, sentence: `It was not switched to post-copy: ${messageOf(error)}` };
    }
  }

  async #orderSwitch(): Promise<TuningAnswer> {
    const { dom, plan, clock, limits, state, apply } = this.#request;
    let inDoubt = false;
    for (;;) {
      try {
        await this.#onSource('the switch to post-copy', (link) => link.startPostCopy(dom));
        return {
          accepted: true,
          sentence: `${plan.guest.name} goes on at ${plan.destination.name}; its memory follows.`,
        };
      } catch (error) {
        if (error instanceof DaemonError && !inDoubt) {
          apply({ type: 'switch-refused' });
          return {
            accepted: false,
            sentence: `${plan.source.name} did not switch to post-copy: ${messageOf(error)}`,
          };
        }
        inDoubt = true;
        const now = state();
        if (error instanceof DaemonError || isEnd(now) || !isCopying(now)) {
          return {
            accepted: true,
            sentence: `${plan.source.name} was told to switch to post-copy and gave no answer.`,
          };
        }
        await clock.sleep(limits.pollEveryMs);
      }
    }
  }

  async #setBandwidth(bandwidthMiBps: number | null): Promise<TuningAnswer> {
    const { state, plan, dom } = this.#request;
    const now = state();
    const { possible, sentence } = tuningIn(now, plan).bandwidth;
    if (!possible) return { accepted: false, sentence };
    const postCopy = !isEnd(now) && now.course.switched;
    const limit = bandwidthMiBps === null ? noSpeedLimit : BigInt(bandwidthMiBps);
    return this.#order('bandwidth', (link) => link.setMaxSpeed(dom, { bandwidthMiBps: limit, postCopy }), {
      done:
        bandwidthMiBps === null
          ? 'The transfer is limited no more.'
          : `The transfer is limited to ${bandwidthMiBps} MiB/s.`,
      by: 'admin',
    });
  }

  async #setMaxDowntime(maxDowntimeMs: number): Promise<TuningAnswer> {
    const { state, plan, dom } = this.#request;
    const { possible, sentence } = tuningIn(state(), plan).maxDowntime;
    if (!possible) return { accepted: false, sentence };
    const answer = await this.#order('max-downtime', (link) => link.setMaxDowntime(dom, maxDowntimeMs), {
      done: `The guest may pause for ${maxDowntimeMs} ms.`,
      by: 'admin',
    });
    if (answer.accepted) this.#maxDowntimeMs = maxDowntimeMs;
    return answer;
  }

  async #order(
    action: RunAction['action'],
    give: (link: ControlLink) => Promise<void>,
    { done, by }: { done: string; by: RunAction['by'] },
  ): Promise<TuningAnswer> {
    let answer: TuningAnswer;
    try {
      await this.#onSource('that order', give);
      answer = { accepted: true, sentence: done };
    } catch (error) {
      answer = { accepted: false, sentence: `${this.#request.source.name} refused: ${messageOf(error)}` };
    }
    this.#report(action, by, answer);
    return answer;
  }

  /** What the time limit asks for is asked again until it is done. */
  #report(action: RunAction['action'], by: RunAction['by'], { accepted, sentence }: TuningAnswer): void {
    if (!accepted && by === 'timeout') return;
    this.#request.report({ action, by, state: accepted ? 'done' : 'refused', sentence });
  }

  #onSource(what: string, give: (link: ControlLink) => Promise<void>): Promise<void> {
    const { source, clock, limits } = this.#request;
    return within(clock, limits.controlMs, what, async (signal) => {
      const link = await source.control(signal);
      signal.throwIfAborted();
      await give(link);
    });
  }
}

/** What is said of a change before anything moves. */
export function notYet(): Promise<TuningAnswer> {
  return Promise.resolve({ accepted: false, sentence: 'Nothing is being copied now.' });
}
