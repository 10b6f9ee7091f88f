import { isDeepStrictEqual } from 'node:util';
import { messageOf, ViaductError } from '../../common/errors.ts';
import { lifecycleDetails } from '../../libvirt/index.ts';
import type { Clock } from '../clock.ts';
import { explain } from '../explain.ts';
import type { Fault } from '../fault.ts';
import type { RunJournal } from '../journal/run-journal.ts';
import { phases } from '../outcome.ts';
import type { MigrationResult } from '../outcome.ts';
import type { MigrationPlan } from '../plan.ts';
import { completed } from '../progress/progress.ts';
import type { Stall } from '../progress/stall.ts';
import { nextState, nextStep, outstanding, shouldAbort } from '../state.ts';
import type { Call, MigrationEvent, RecoveryAction } from '../state/migration-event.ts';
import { initialState, isCopying, isEnd } from '../state/migration-state.ts';
import type { EndState, MigrationState } from '../state/migration-state.ts';
import { destinationHolding } from '../state/truth.ts';
import { ActsOfOthers } from './acts-of-others.ts';
import { brokenEnd } from './broken-end.ts';
import { cancellationIn } from './cancellation.ts';
import type { Cancellation } from './cancellation.ts';
import { EventQueue } from './event-queue.ts';
import { FinalStats } from './final-stats.ts';
import { definesDestination, startsByUs, undefinesSource } from './flags.ts';
import { atWork, isFollowed, isJobInDoubt, JobOnSource } from './job-on-source.ts';
import { LatePrepare } from './late-prepare.ts';
import type { MigrationLimits } from './limits.ts';
import { defaultMaxDowntimeMs, LiveTuning, notYet } from './live-tuning.ts';
import type { TuningAnswer, TuningChange } from './live-tuning.ts';
import { seeBoth } from './look.ts';
import { DaemonError, LinkClosedError } from './migration-link.ts';
import type { MigrationHost, MigrationLink, Registration } from './migration-link.ts';
import { openRun } from './open-run.ts';
import type { OpenRelay, OpenRun } from './open-run.ts';
import { PerformWatch } from './perform-watch.ts';
import { isPhaseCall, PhaseCalls, sideOf, tellsReason } from './phase-calls.ts';
import type { PhaseCallName } from './phase-calls.ts';
import { phaseOf } from './phase-of.ts';
import { PauseWatch } from './pause-watch.ts';
import { sideOfAction, takeAction } from './recovery-actions.ts';
import { resultOf } from './result.ts';
import { RunReport } from './run-report.ts';
import type { EngineLogger, MigrationObserver } from './run-report.ts';
import { volumesOf } from './volumes-of-run.ts';
import type { VolumesOfRun } from './volumes-of-run.ts';
import type { StorageHost } from '../storage/storage-host.ts';

import { keepTimeLimit } from './time-limit.ts';
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
  readonly #registrations: Registration[] = [];
  readonly #volumes: VolumesOfRun;
  readonly #late: LatePrepare;
  readonly #acts: ActsOfOthers;
  #state: MigrationState;
  #links: OpenRun | undefined;
  #finalStats: FinalStats | undefined;
  readonly #pause: PauseWatch;
  #job: JobOnSource | undefined;
  #watch: PerformWatch | undefined;
  #tuning: LiveTuning | undefined;
  #ranInPostCopy = false;
  #destinationHasRun = false;
  #hasActedOnSource = false;
  #giveUpAtMs: number | undefined;
  /** What the destination said when it was told to drop its guest, where it knows better why Perform failed. */
  #destinationReason: string | undefined;

  constructor(request: RunRequest, observer: MigrationObserver) {
    this.#request = request;
    this.#report = new RunReport(observer, request.logger);
    this.#volumes = volumesOf(request);
    this.#late = new LatePrepare(request.clock, request.limits);
    this.#pause = new PauseWatch(request.clock);
    this.#acts = new ActsOfOthers({
      plan: request.plan,
      isOfOurs: () => isEnd(this.#state) || this.#hasActedOnSource,
      mayStandStill: () => this.#tuning?.isPausedByUs === true || this.#isSwitched() || this.#ranInPostCopy,
      maxDowntimeMs: () => this.#tuning?.maxDowntimeMs ?? defaultMaxDowntimeMs,
      tell: (sentence) => this.#report.action({ action: 'seen', by: 'others', state: 'done', sentence }),
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
        downtimeMs = await this.#downtimeMs();
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
      ranInPostCopy: this.#ranInPostCopy,
      acts: this.#acts.sentences,
      storage,
    });
  }

  async #open(): Promise<void> {
    const { plan, source, destination, clock, limits } = this.#request;
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
    this.#job = new JobOnSource(source, opened.dom, clock, limits);
    this.#tuning = new LiveTuning({
      ...{ plan, source, clock, limits },
      dom: opened.dom,
      state: () => this.#state,
      apply: (event) => this.#apply(event),
      written: () => this.#request.journal.flush(),
      report: (action) => this.#report.action(action),
    });
    this.#finalStats = new FinalStats({ source, destination, dom: opened.dom, clock, limits });
    await this.#finalStats.listen();
    await this.#listenToDestination(opened);
    await this.#listenForOthers(opened);
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
    for (;;) {
      const event = this.#queue.take();
      if (event !== undefined) this.#apply(event);
      else if (isEnd(this.#state)) return this.#state;
      else if (calls === undefined) throw new ViaductError('engine.no-links', 'There are no connections.');
      else await this.#advance(calls);
    }
  }

  async #advance(calls: PhaseCalls): Promise<void> {
    const step = nextStep(this.#state);
    if (step === undefined) {
      await this.#queue.wait();
    } else if (step === 'look') {
      await this.#look();
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

  async #downtimeMs(): Promise<number | undefined> {
    const { plan } = this.#request;
    if (plan.options.offline) return undefined;
    return startsByUs(plan) ? this.#pause.downtimeMs : this.#finalStats?.downtimeMs();
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
    if (event.type === 'replied' && event.call === 'resume-destination') this.#pause.goesOn();
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
    this.#hasActedOnSource ||= sideOfAction(action) === 'source';
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

  async #look(): Promise<void> {
    const { source, destination, plan, clock, limits } = this.#request;
    // Before the states of the guest are: seen without a job, they are those that the job left behind.
    const job = isJobInDoubt(this.#state) ? await this.#job?.look() : undefined;
    if ((job === 'active' && isFollowed(this.#state)) || this.#wasSeenFetching())
      this.#giveUpAtMs = undefined;
    this.#giveUpAtMs ??= clock.nowMs() + limits.patienceMs;
    const sights = await seeBoth({ source, destination }, plan.guest.uuid, clock, limits);
    const shown = this.#late.settled(this.#state, sights.destination);
    this.#apply({
      type: 'observed',
      truth: {
        ...sights,
        destination: shown,
        ...atWork(this.#state, job),
        destinationHasRun: this.#destinationHasRun,
      },
    });
    if (this.#state.kind !== 'looking' && this.#state.kind !== 'moving') return;
    if (clock.nowMs() >= this.#giveUpAtMs) this.#apply({ type: 'gave-up' });
    else await clock.sleep(limits.lookEveryMs);
  }

  /** The daemons are at work together, for as long as that takes. */
  #wasSeenFetching(): boolean {
    if (this.#state.kind !== 'looking') return false;
    const { last, calls } = this.#state;
    return calls.finish !== 'refused' && last !== null && destinationHolding(last) === 'fetching';
  }

  #startWatch(): void {
    const links = this.#links;
    if (links === undefined) return;
    const { source, clock, limits } = this.#request;
    this.#watch = new PerformWatch({
      source,
      dom: links.dom,
      clock,
      limits,
      shouldAbort: () => shouldAbort(this.#state),
      inPostCopy: () => this.#ranInPostCopy,
      progress: (progress) => {
        this.#report.progress(progress);
        // One that tells of a stall repeats the figures of the last sample.
        if (progress.stalled === undefined) this.#acts.sampled(progress);
      },
      stalled: (stall) => this.#mindStall(stall),
      giveUp: () => void links.source.close(),
    });
    void this.#watch.run();
    this.#keepTimeLimit();
  }

  /** The source's daemon may wait without end for one that does not answer: it opens its connection without a limit. */
  #mindStall({ forMs }: Stall): void {
    const state = this.#state;
    const { plan, limits } = this.#request;
    if (state.kind !== 'moving' || state.stop !== null || state.course.switched) return;
    if (!state.destinationLost || forMs < limits.lostPeerMs) return;
    const { source, destination } = plan;
    const fault: Fault = {
      code: 'engine.peer-silent',
      side: 'destination',
      phase: 'perform',
      message: `${destination.name} has not answered for a while, and nothing goes to it from ${source.name}.`,
      remedy: `Look whether libvirt on ${destination.name} runs and answers, then move the guest again.`,
    };
    this.#apply({ type: 'stalled', fault });
  }

  #keepTimeLimit(): void {
    const { plan, clock, limits } = this.#request;
    const tuning = this.#tuning;
    if (tuning === undefined) return;
    const cancel = (fault: Fault): void => {
      if (this.cancellation().possible) this.#cancelBecause(fault);
    };
    void keepTimeLimit({ plan, clock, limits, tuning, cancel }, this.#copying.signal);
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

  /** Without it, what others do shows only in how it ends. */
  async #listenForOthers({ dom }: OpenRun): Promise<void> {
    try {
      const link = await this.#request.source.control(this.#opening.signal);
      this.#registrations.push(...(await this.#acts.listen(link, dom)));
      this.#registrations.push(await this.#pause.listen(link, dom));
    } catch (error) {
      this.#request.logger?.warn({ reason: messageOf(error) }, 'no events from the source');
    }
  }

  /** Without this evidence the guest's state alone has to tell. */
  async #listenToDestination({ dom }: OpenRun): Promise<void> {
    try {
      const link = await this.#request.destination.control(this.#opening.signal);
      const registration = await link.onResumed({ ...dom, id: -1 }, (detail) => {
        if (!this.#destinationHasRun) this.#request.journal.note({ type: 'ran' });
        this.#destinationHasRun = true;
        this.#ranInPostCopy ||= detail === lifecycleDetails.resumed.postcopy;
      });
      this.#registrations.push(registration);
    } catch (error) {
      this.#request.logger?.warn({ reason: messageOf(error) }, 'no events from the destination');
    }
  }

  async #close(): Promise<void> {
    for (const registration of this.#registrations) registration.end();
    this.#finalStats?.end();
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
