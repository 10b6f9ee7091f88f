import { messageOf, ViaductError } from '../../common/errors.ts';
import type { DomainRef } from '../../libvirt/index.ts';
import type { Clock } from '../clock.ts';
import { explain } from '../explain.ts';
import type { WrittenEvent } from '../journal/journal-entry.ts';
import { JournalError } from '../journal/journal-error.ts';
import type { JournalHeader } from '../journal/journal-header.ts';
import { takenUp, type Replayed } from '../journal/replay.ts';
import type { RunJournal } from '../journal/run-journal.ts';
import type { MigrationResult } from '../outcome.ts';
import { completed } from '../progress/progress.ts';
import { brokenEnd } from '../run/broken-end.ts';
import { cancellationIn, type Cancellation } from '../run/cancellation.ts';
import { FinalStats } from '../run/final-stats.ts';
import type { MigrationLimits } from '../run/limits.ts';
import { PatientLook } from '../run/patient-look.ts';
import type { MigrationHost, Registration } from '../run/migration-link.ts';
import { PerformWatch } from '../run/perform-watch.ts';
import { sideOfAction, takeAction } from '../run/recovery-actions.ts';
import { resultOf } from '../run/result.ts';
import { RunReport } from '../run/run-report.ts';
import type { EngineLogger, MigrationObserver } from '../run/run-report.ts';
import { volumesOf } from '../run/volumes-of-run.ts';
import { nextState, nextStep, shouldAbort } from '../state.ts';
import { type RecoveryAction, recoveryActions } from '../state/migration-event.ts';
import { isCopying, isEnd } from '../state/migration-state.ts';
import type { EndState, MigrationState } from '../state/migration-state.ts';
import type { StorageHost } from '../storage/storage-host.ts';
import { interruption } from './interruption.ts';
import { mayHaveRun } from './may-have-run.ts';

export interface RecoveryRequest {
  header: JournalHeader;
  replayed: Replayed;
  /** Owned by this process. */
  journal: RunJournal;
  source: MigrationHost;
  destination: MigrationHost;
  /** Of the destination. */
  storage: StorageHost;
  /** Takes away the folder with a one-time identity on the source. Rejects with what to do by hand. */
  removeIdentity: (folder: string) => Promise<void>;
  clock: Clock;
  limits: MigrationLimits;
  logger: EngineLogger | undefined;
  /** Leaves everything as it is, for another time. */
  signal: AbortSignal;
}

/** It was told to leave off before it had found out. */
export class LeftOffError extends ViaductError {
  constructor(guest: string) {
    super('engine.left-off', `It was not waited for where ${guest} runs; nothing was undone.`, {
      side: 'client',
      remedy: 'Run "viaduct recover" again.',
    });
  }
}

/**
 * Settles a migration that another process left: asks both hosts, and does what the rules of the live run allow then.
 *
 * A migration that a daemon drives is followed until it ends. Nothing else goes forward: all that is ever done is to end
 * the copy that is not the guest any more, to let the source go on where the destination provably never ran it, or to set
 * going what a daemon has brought to the destination and left paused for that.
 */
export class RecoveryRun {
  readonly #request: RecoveryRequest;
  readonly #report: RunReport;
  readonly #dom: DomainRef;
  readonly #hosts: PatientLook;
  readonly #registrations: Registration[] = [];
  #state: MigrationState;
  #watch: PerformWatch | undefined;
  #destinationHasRun: boolean;

  constructor(request: RecoveryRequest, observer: MigrationObserver) {
    const { header, replayed } = request;
    this.#request = request;
    this.#report = new RunReport(observer, request.logger);
    this.#dom = { name: header.plan.guest.name, uuid: header.plan.guest.uuid, id: -1 };
    this.#hosts = new PatientLook({ ...request, dom: this.#dom });
    this.#state = takenUp(replayed, interruption(replayed));
    this.#destinationHasRun = replayed.destinationHasRun;
  }

  cancellation(): Cancellation {
    return cancellationIn(this.#state);
  }

  /** Only what a daemon still drives can be told to stop. */
  cancel(): { accepted: boolean; sentence: string } {
    const { possible, requested, sentence } = this.cancellation();
    if (!possible) return { accepted: requested && !isEnd(this.#state), sentence };
    this.#apply({ type: 'cancel' });
    this.#watch?.nudge();
    return { accepted: true, sentence: this.cancellation().sentence };
  }

  /**
   * Call once.
   *
   * @throws {JournalError} where nothing can be written down; then nothing is done.
   * @throws {LeftOffError} when the signal fires.
   */
  async run(): Promise<MigrationResult> {
    const { header, replayed, journal, clock } = this.#request;
    if (!isEnd(this.#state)) {
      journal.note({ type: 'taken-up', fault: interruption(replayed) });
      await journal.flush();
    }
    const isFollowed = this.#state.kind === 'moving' && !header.plan.options.offline;
    const stats = isFollowed ? await this.#follow() : undefined;
    let end: EndState;
    let downtimeMs: number | undefined;
    try {
      end = await this.#settle();
      const progress = this.#watch?.progress;
      if (end.kind === 'migrated' && isFollowed) {
        if (progress !== undefined) this.#report.progress(completed(progress));
        // libvirt's figure ends with Finish; how long the guest then waited for us nobody saw.
        if (!replayed.open.course.startsByUs) downtimeMs = await stats?.downtimeMs();
      }
    } catch (error) {
      if (error instanceof LeftOffError || error instanceof JournalError) throw error;
      this.#request.logger?.warn({ reason: messageOf(error) }, 'recovery broke off');
      end = brokenEnd(error, this.#state);
    } finally {
      this.#watch?.stop();
      this.#report.phaseEnds();
      stats?.end();
      for (const registration of this.#registrations) registration.end();
    }
    const { made, leftBehind } = await this.#cleanUp(end);
    const result = resultOf(end, header.plan, {
      totalMs: Math.max(0, Date.now() - Date.parse(header.at)),
      downtimeMs,
      destinationReason: undefined,
      ranInPostCopy: replayed.open.course.switched,
      storage: made,
    });
    this.#request.logger?.info({ outcome: result.outcome, atMs: clock.nowMs() }, 'recovered');
    return leftBehind === undefined ? result : { ...result, leftBehind };
  }

  async #settle(): Promise<EndState> {
    const { header, clock, limits, signal } = this.#request;
    const listening = this.#listenToDestination();
    for (;;) {
      if (isEnd(this.#state)) return this.#state;
      if (signal.aborted) throw new LeftOffError(header.plan.guest.name);
      await listening;
      const step = nextStep(this.#state);
      if (step === 'look') await this.#look();
      else if (step !== undefined && isAction(step)) await this.#act(step);
      else throw new ViaductError('engine.no-links', 'A killed run cannot be gone on with.');
      if (isLookedFor(this.#state)) await clock.sleep(limits.lookEveryMs, signal);
    }
  }

  async #look(): Promise<void> {
    if (isEnd(this.#state)) return;
    const sights = await this.#hosts.see(this.#state);
    const { guest, options } = this.#request.header.plan;
    const unseen = mayHaveRun(this.#state, sights, guest.persistent || options.persist);
    const destinationHasRun = this.#destinationHasRun || unseen;
    this.#apply({ type: 'observed', truth: { ...sights, destinationHasRun } });
    if (isLookedFor(this.#state) && this.#hosts.isOverdue()) this.#apply({ type: 'gave-up' });
  }

  async #act(action: RecoveryAction): Promise<void> {
    const { header, journal, source, destination, clock, limits, logger } = this.#request;
    this.#apply({ type: 'calling', call: action });
    await journal.flush();
    try {
      await takeAction(action, { source, destination }, header.plan.guest.uuid, clock, limits);
      this.#apply({ type: 'replied', call: action });
    } catch (error) {
      logger?.warn({ action, reason: messageOf(error) }, 'an action was refused');
      this.#apply({ type: 'failed', call: action, fault: explain(error, sideOfAction(action), 'confirm') });
    }
  }

  #apply(event: WrittenEvent): void {
    const before = this.#state;
    this.#state = nextState(before, event);
    if (event.type === 'observed' && JSON.stringify(before) === JSON.stringify(this.#state)) return;
    this.#request.journal.note({ type: 'event', event });
    if (before.kind === 'moving' && this.#state.kind !== 'moving') {
      this.#watch?.stop();
      this.#report.phaseEnds();
    }
  }

  /** Progress of what the source's daemon does, and its figures at the end. */
  async #follow(): Promise<FinalStats> {
    const { source, destination, clock, limits } = this.#request;
    const stats = new FinalStats({ source, destination, dom: this.#dom, clock, limits });
    await stats.listen();
    this.#report.phaseBegins('perform');
    this.#watch = new PerformWatch({
      ...{ source, dom: this.#dom, clock, limits },
      shouldAbort: () => shouldAbort(this.#state),
      inPostCopy: () => !isEnd(this.#state) && this.#state.course.switched && this.#destinationHasRun,
      progress: (progress) => {
        if (isCopying(this.#state)) this.#report.progress(progress);
      },
    });
    void this.#watch.run();
    return stats;
  }

  /** Without this evidence the guest's state alone has to tell. */
  async #listenToDestination(): Promise<void> {
    const { destination, journal, logger } = this.#request;
    try {
      const link = await destination.control(AbortSignal.timeout(this.#request.limits.controlMs));
      this.#registrations.push(
        await link.onResumed(this.#dom, () => {
          if (!this.#destinationHasRun) journal.note({ type: 'ran' });
          this.#destinationHasRun = true;
        }),
      );
    } catch (error) {
      logger?.warn({ reason: messageOf(error) }, 'no events from the destination');
    }
  }

  async #cleanUp(end: EndState) {
    const { header, replayed, journal, removeIdentity } = this.#request;
    const { storage: made, identityFolder } = replayed;
    const volumes = made.length === 0 ? undefined : volumesOf({ ...this.#request, plan: header.plan, made });
    const report = await volumes?.conclude(end);
    if (identityFolder === undefined) return { made: report, leftBehind: undefined };
    try {
      await removeIdentity(identityFolder);
      journal.note({ type: 'identity-gone' });
      return { made: report, leftBehind: undefined };
    } catch (error) {
      const remedy = error instanceof ViaductError ? (error.remedy ?? '') : '';
      return { made: report, leftBehind: { side: 'source' as const, message: messageOf(error), remedy } };
    }
  }
}

function isAction(step: string): step is RecoveryAction {
  return recoveryActions.some((action) => action === step);
}

function isLookedFor({ kind }: MigrationState): boolean {
  return kind === 'looking' || kind === 'moving';
}
