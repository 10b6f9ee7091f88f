import { isDeepStrictEqual } from 'node:util';
import { messageOf, ViaductError } from '../../common/errors.ts';
import type { Clock } from '../clock.ts';
import { explain } from '../explain.ts';
import type { Fault } from '../fault.ts';
import type { RunJournal } from '../journal/run-journal.ts';
import { phases } from '../outcome.ts';
import type { MigrationResult } from '../outcome.ts';
import type { MigrationPlan } from '../plan.ts';
import { completed } from '../progress/progress.ts';
import { nextState, nextStep, outstanding, shouldAbort } from '../state.ts';
import type { Call, MigrationEvent, RecoveryAction } from '../state/migration-event.ts';
import { initialState, isCopying, isEnd } from '../state/migration-state.ts';
import type { EndState, MigrationState } from '../state/migration-state.ts';
import { ActsOfOthers } from './acts-of-others.ts';
import { brokenEnd } from './broken-end.ts';
import { cancellationIn } from './cancellation.ts';
import type { Cancellation } from './cancellation.ts';
import { watchCopy } from './copy-watch.ts';
import { EventQueue } from './event-queue.ts';
import { definesDestination, startsByUs, undefinesSource } from './flags.ts';
import { HostEvents } from './host-events.ts';
import type { MigrationLimits } from './limits.ts';
import { defaultMaxDowntimeMs, LiveTuning, notYet } from './live-tuning.ts';
import type { TuningAnswer, TuningChange } from './live-tuning.ts';
import { DaemonError, LinkClosedError } from './migration-link.ts';
import type { MigrationHost, MigrationLink } from './migration-link.ts';
import { openRun } from './open-run.ts';
import type { OpenRelay, OpenRun } from './open-run.ts';
import type { PerformWatch } from './perform-watch.ts';
import { PatientLook } from './patient-look.ts';
import { isPhaseCall, PhaseCalls, sideOf, tellsReason } from './phase-calls.ts';
import type { PhaseCallName } from './phase-calls.ts';
import { phaseOf } from './phase-of.ts';
import { sideOfAction, takeAction } from './recovery-actions.ts';
import { resultOf } from './result.ts';
import { RunReport } from './run-report.ts';
import type { EngineLogger, MigrationObserver } from './run-report.ts';
import { volumesOf } from './volumes-of-run.ts';
import type { VolumesOfRun } from './volumes-of-run.ts';
import type { StorageHost } from '../storage/storage-host.ts';
import { tuningIn } from './tuning.ts';
import type { TuningChoices } from './tuning.ts';

export type { Cancellation } from './cancellation.ts';

type Unwritten = Extract<MigrationEvent, { type: 'unwritten' }>['call'];

export interface RunRequest {
  plan: MigrationPlan;
  source: MigrationHost;
  destination: MigrationHost;
  /** Of the destination. */
  storage: StorageHost;
  clock: Clock;
  limits: MigrationLimits;
  journal: RunJournal;
  logger: EngineLogger | undefined;
  /** Given exactly where the plan has a relay. */
  openRelay: OpenRelay | undefined;
}

/**
 * Runs one migration, protocol v3 with parameters: drives it from this machine, or has the source's daemon drive it.
 *
 * It makes the call that the state asks for, turns what happens into events, and lets `nextState` decide; it takes
 * no decision of its own about where the guest may run.
 */
export class MigrationRun {
  readonly #request: RunRequest;
  readonly #report: RunReport;
  readonly #queue = new EventQueue();
  readonly #opening = new AbortController();
  /** Ends with the source's own part of the copy. */
  readonly #copying = new AbortController();
  readonly #volumes: VolumesOfRun;
  readonly #acts: ActsOfOthers;
  readonly #events: HostEvents;
  #state: MigrationState;
  #links: OpenRun | undefined;
  #watch: PerformWatch | undefined;
  #tuning: LiveTuning | undefined;
  readonly #actedOn = new Set<'source' | 'destination'>();
  /** What the destination said when it was told to drop its guest, where it knows better why Perform failed. */
  #destinationReason: string | undefined;

  constructor(request: RunRequest, observer: MigrationObserver) {
    this.#request = request;
    this.#report = new RunReport(observer, request.logger);
    this.#volumes = volumesOf(request);
    this.#acts = new ActsOfOthers({
      plan: request.plan,
      isCopying: () => isCopying(this.#state),
      isOfOurs: (side) => isEnd(this.#state) || this.#actedOn.has(side),
      mayStandStill: () =>
        this.#tuning?.isPausedByUs === true || this.#isSwitched() || this.#events.ranInPostCopy,
      maxDowntimeMs: () => this.#tuning?.maxDowntimeMs ?? defaultMaxDowntimeMs,
      tell: (sentence) => this.#report.action({ action: 'seen', by: 'others', state: 'done', sentence }),
    });
    this.#events = new HostEvents({
      ...request,
      acts: this.#acts,
      ran: () => request.journal.note({ type: 'ran' }),
    });
    const { control } = request.plan;
    const { offline } = request.plan.options;
    this.#state = initialState({ control, changeProtection: false, undefineSource: false, offline });
  }

  cancellation(): Cancellation {
    return cancellationIn(this.#state);
  }

  cancel(): { accepted: boolean; sentence: string } {
    const before = this.cancellation();
    if (!before.possible)
      return { accepted: before.requested && !isEnd(this.#state), sentence: before.sentence };
    this.#cancelBecause(undefined);
    return { accepted: true, sentence: this.cancellation().sentence };
  }

  /** What can be changed now. */
  tuning(): TuningChoices {
    return tuningIn(this.#state, this.#request.plan);
  }

  /** Never rejects. */
  tune(change: TuningChange): Promise<TuningAnswer> {
    return this.#tuning?.tune(change) ?? notYet();
  }

  /** Never rejects. */
  switchToPostCopy(): Promise<TuningAnswer> {
    return this.#tuning?.switchToPostCopy('admin') ?? notYet();
  }

  #cancelBecause(fault: Fault | undefined): void {
    this.#apply({ type: 'cancel', ...(fault && { fault }) });
    this.#report.action({
      action: 'cancel',
      by: fault === undefined ? 'admin' : 'timeout',
      state: 'done',
      sentence: this.cancellation().sentence,
    });
    this.#opening.abort();
    this.#watch?.nudge();
    this.#queue.wake();
  }

  /** Call once. Never rejects. */
  async run(): Promise<MigrationResult> {
    const { clock, plan } = this.#request;
    const startedMs = clock.nowMs();
    let downtimeMs: number | undefined;
    let endedMs: number | undefined;
    let end: EndState;
    try {
      await this.#open();
      end = await this.#drive();
      endedMs = clock.nowMs();
      if (end.kind === 'migrated') {
        const last = this.#watch?.progress;
        if (last !== undefined) this.#report.progress(completed(last));
        downtimeMs = await this.#events.downtimeMs();
      }
    } catch (error) {
      end = brokenEnd(error, this.#state);
    }
    this.#watch?.stop();
    await this.#close();
    const storage = await this.#volumes.conclude(end);
    return resultOf(end, plan, {
      totalMs: Math.round((endedMs ?? clock.nowMs()) - startedMs),
      downtimeMs,
      destinationReason: this.#destinationReason,
      ranInPostCopy: this.#events.ranInPostCopy,
      acts: this.#acts.sentences,
      storage,
    });
  }

  async #open(): Promise<void> {
    const { plan, source, clock, limits } = this.#request;
    const opened = await openRun({ ...this.#request, signal: this.#opening.signal });
    if ('fault' in opened) {
      if (!isEnd(this.#state)) this.#apply({ type: 'rejected', fault: opened.fault });
      return;
    }
    this.#links = opened;
    if (isEnd(this.#state)) return;
    this.#state = initialState({
      control: plan.control,
      changeProtection: opened.changeProtection,
      undefineSource: undefinesSource(plan),
      startsByUs: startsByUs(plan) && !opened.guestIsPaused,
      definesDestination: definesDestination(plan),
      offline: plan.options.offline,
      definedBefore: opened.definedBefore,
      ...(plan.control === 'p2p' && { guestWasPaused: opened.guestIsPaused }),
    });
    const { changeProtection, definedBefore, guestIsPaused: guestWasPaused } = opened;
    const undefineSource = undefinesSource(plan);
    this.#request.journal.note({
      ...{ type: 'opened', changeProtection, undefineSource },
      ...{ guestWasPaused, definedBefore },
    });
    this.#tuning = new LiveTuning({
      ...{ plan, source, clock, limits },
      dom: opened.dom,
      state: () => this.#state,
      apply: (event) => this.#apply(event),
      written: () => this.#request.journal.flush(),
      report: (action) => this.#report.action(action),
    });
    await this.#events.listen(opened.dom, this.#opening.signal);
    this.#followLink('source', opened.source);
    this.#followLink('destination', opened.destination);
    this.#followRelay(opened);
    const fault = await this.#volumes.make(this.#opening.signal);
    if (fault !== undefined && !isEnd(this.#state)) this.#apply({ type: 'rejected', fault });
  }

  async #drive(): Promise<EndState> {
    const links = this.#links;
    const { plan, clock, limits } = this.#request;
    const calls = links && new PhaseCalls(links, plan, clock, limits);
    const hosts = links && new PatientLook({ ...this.#request, dom: links.dom });
    for (;;) {
      const event = this.#queue.take();
      if (event !== undefined) this.#apply(event);
      else if (isEnd(this.#state)) return this.#state;
      else if (calls === undefined || hosts === undefined)
        throw new ViaductError('engine.no-links', 'There are no connections.');
      else await this.#advance(calls, hosts);
    }
  }

  async #advance(calls: PhaseCalls, hosts: PatientLook): Promise<void> {
    const step = nextStep(this.#state);
    if (step === undefined) {
      await this.#queue.wait();
    } else if (step === 'look') {
      await this.#look(hosts);
    } else {
      this.#apply({ type: 'calling', call: step });
      if (!(await this.#mayCall(step))) return;
      if (isPhaseCall(step)) void this.#makeCall(calls, step);
      else void this.#makeAction(step);
    }
  }

  /** Waits until the intent is on disk; where that fails, a call that goes forward is not made. */
  async #mayCall(call: Call): Promise<boolean> {
    try {
      await this.#request.journal.flush();
      return true;
    } catch (error) {
      this.#request.logger?.warn({ call, reason: messageOf(error) }, 'the journal is not written');
      const unwritten = notMade(call);
      if (unwritten === undefined) return true;
      this.#apply({ type: 'unwritten', call: unwritten, fault: explain(error, 'client', phaseOf(call)) });
      return false;
    }
  }

  /** Every event goes through here, in the order in which it is told. */
  #apply(event: MigrationEvent): void {
    const stale =
      ((event.type === 'replied' || event.type === 'failed') && outstanding(this.#state) !== event.call) ||
      (event.type === 'switch-refused' && !isCopying(this.#state));
    if (stale || isEnd(this.#state)) {
      this.#request.logger?.info({ event: event.type, state: this.#state.kind }, 'an event came too late');
      return;
    }
    const wasMoving = this.#state.kind === 'moving';
    const before = this.#state;
    this.#state = nextState(before, event);
    this.#writeDown(before, event);
    if (event.type === 'replied' && event.call === 'resume-destination') this.#events.guestGoesOn();
    const isAnswer = event.type === 'replied' || event.type === 'failed';
    if (isAnswer && event.call === 'finish-cancelled') this.#acts.destinationAnswered();
    const call = 'call' in event ? { call: event.call } : {};
    this.#request.logger?.info({ event: event.type, ...call, state: this.#state.kind }, 'migration');
    if (shouldAbort(this.#state)) this.#watch?.nudge();
    if (wasMoving && this.#state.kind !== 'moving') this.#endPhase('move');
  }

  #writeDown(before: MigrationState, event: MigrationEvent): void {
    if (event.type === 'unwritten' || event.type === 'interrupted') return;
    // A look that shows nothing new comes every second.
    if (event.type === 'observed' && isDeepStrictEqual(before, this.#state)) return;
    this.#request.journal.note({ type: 'event', event });
  }

  async #makeCall(calls: PhaseCalls, call: PhaseCallName): Promise<void> {
    const phase = call === 'move' ? phaseOf(call) : phases.find((forward) => forward === call);
    if (phase !== undefined) this.#report.phaseBegins(phase);
    if (phase === 'perform' && !this.#request.plan.options.offline) this.#startWatch();
    let events: MigrationEvent[];
    try {
      events = await calls.make(call);
    } catch (error) {
      events = [this.#fromFailure(call, error)];
    }
    // The daemon of a peer-to-peer migration may go on without a reply: its phase ends with the state.
    if (call !== 'move') this.#endPhase(call);
    this.#queue.push(...events);
  }

  #endPhase(call: PhaseCallName): void {
    this.#watch?.stop();
    if (call === 'perform' || call === 'move') this.#copying.abort();
    this.#report.phaseEnds();
  }

  #isSwitched(): boolean {
    return !isEnd(this.#state) && this.#state.course.switched;
  }

  #fromFailure(call: PhaseCallName, error: unknown): MigrationEvent {
    const side = sideOf[call];
    const fault = explain(error, side, phaseOf(call));
    if (!(error instanceof DaemonError)) {
      // Without an answer the outcome is unknown; a connection that was given up must not deliver one later.
      void this.#links?.[side].close();
      return { type: 'lost', side, fault };
    }
    if (call === 'finish-cancelled' && tellsReason(error)) this.#destinationReason = error.message;
    return { type: 'failed', call, fault };
  }

  async #makeAction(action: RecoveryAction): Promise<void> {
    const { source, destination, plan, clock, limits } = this.#request;
    this.#actedOn.add(sideOfAction(action));
    try {
      await takeAction(action, { source, destination }, plan.guest.uuid, clock, limits);
      this.#queue.push({ type: 'replied', call: action });
    } catch (error) {
      this.#request.logger?.warn({ action, reason: messageOf(error) }, 'an action was refused');
      await clock.sleep(limits.lookEveryMs);
      this.#queue.push({
        type: 'failed',
        call: action,
        fault: explain(error, sideOfAction(action), 'confirm'),
      });
    }
  }

  async #look(hosts: PatientLook): Promise<void> {
    const { clock, limits } = this.#request;
    const sights = await hosts.see(this.#state);
    const { destinationHasRun } = this.#events;
    this.#apply({ type: 'observed', truth: { ...sights, destinationHasRun } });
    if (this.#state.kind !== 'looking' && this.#state.kind !== 'moving') return;
    if (hosts.isOverdue()) this.#apply({ type: 'gave-up' });
    else await clock.sleep(limits.lookEveryMs);
  }

  #startWatch(): void {
    const links = this.#links;
    const tuning = this.#tuning;
    if (links === undefined || tuning === undefined) return;
    const { plan, source, clock, limits } = this.#request;
    this.#watch = watchCopy(
      {
        ...{ plan, source, dom: links.dom, clock, limits, tuning },
        state: () => this.#state,
        inPostCopy: () => this.#events.ranInPostCopy,
        progress: (progress) => {
          this.#report.progress(progress);
          // One that tells of a stall repeats the figures of the last sample.
          if (progress.stalled === undefined) this.#acts.sampled(progress);
        },
        cancel: (fault) => {
          if (this.cancellation().possible) this.#cancelBecause(fault);
        },
        stalled: (fault) => this.#apply({ type: 'stalled', fault }),
        giveUp: () => void links.source.close(),
      },
      this.#copying.signal,
    );
  }

  /** A link that breaks while no call is out on it tells by itself; otherwise the call's rejection does. */
  #followLink(side: 'source' | 'destination', link: MigrationLink): void {
    void link.closed.then((error) => {
      const call = outstanding(this.#state);
      if (call !== undefined && isPhaseCall(call) && sideOf[call] === side) return;
      const fault: Fault = explain(error ?? new LinkClosedError(), side, phaseOf(call));
      this.#queue.push({ type: 'lost', side, fault });
    });
  }

  #followRelay({ relay }: OpenRun): void {
    void relay?.broken.then((error) => {
      if (error !== undefined)
        this.#queue.push({ type: 'relay-broke', fault: explain(error, 'client', 'perform') });
    });
  }

  async #close(): Promise<void> {
    this.#events.end();
    const links = this.#links;
    if (links !== undefined)
      await Promise.all([links.source.close(), links.destination.close(), links.relay?.close()]);
  }
}

/**
 * What is not made unless its intent is on disk: a journal that says less than what was done could let the source go on
 * beside the destination. What ends or undoes a run is made all the same.
 */
function notMade(call: Call): Unwritten | undefined {
  switch (call) {
    case 'begin':
    case 'prepare':
    case 'perform':
    case 'finish':
    case 'move':
      return call;
    default:
      return undefined;
  }
}
