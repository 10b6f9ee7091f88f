import { messageOf, ViaductError } from '../../common/errors.ts';
import type { IdentityMaker } from '../../common/host/one-time-identity.ts';
import type { HostAccess } from '../../hosts/host-access.ts';
import { defaultPorts, parseConnectUri } from '../../libvirt/index.ts';
import type { Clock } from '../clock.ts';
import { explain } from '../explain.ts';
import type { MigrationResult, OutcomeError } from '../outcome.ts';
import type { MigrationPlan } from '../plan.ts';
import { createContext } from '../preflight/create-context.ts';
import { orUndefined } from '../preflight/once.ts';
import { filesIn, tryPeerLogin } from '../preflight/peer/login-trial.ts';
import { whyShutOut } from '../preflight/peer/why-shut-out.ts';
import { initialState } from '../state/migration-state.ts';
import type { Cancellation } from './cancellation.ts';
import { notYet, type TuningAnswer, type TuningChange } from './live-tuning.ts';
import { tuningIn, type TuningChoices } from './tuning.ts';

export interface IdentifiedRequest {
  plan: MigrationPlan;
  source: HostAccess;
  destination: HostAccess;
  identity: IdentityMaker;
  clock: Clock;
}

interface Inner {
  cancel(): { accepted: boolean; sentence: string };
  cancellation(): Cancellation;
  tune(change: TuningChange): Promise<TuningAnswer>;
  switchToPostCopy(): Promise<TuningAnswer>;
  tuning(): TuningChoices;
  readonly result: Promise<MigrationResult>;
}

/** Of a migration that nothing was done of. */
const plannedState = initialState({ control: 'p2p', changeProtection: false, undefineSource: false });

/**
 * A migration with an identity of its own: it is put on the source and the login is tried with it, then the guest is
 * moved, and whatever came of it the identity is removed. Where the login fails nothing was done to the guest.
 */
export class IdentifiedRun {
  readonly #request: IdentifiedRequest;
  readonly #begin: () => Inner;
  readonly #stop = new AbortController();
  #inner: Inner | undefined;
  #isOver = false;

  /** @param begin starts the migration proper */
  constructor(request: IdentifiedRequest, begin: () => Inner) {
    this.#request = request;
    this.#begin = begin;
  }

  cancellation(): Cancellation {
    if (this.#inner !== undefined) return this.#inner.cancellation();
    const requested = this.#stop.signal.aborted;
    if (this.#isOver) return { possible: false, requested, sentence: 'It is over.' };
    return requested
      ? { possible: false, requested, sentence: 'It is being cancelled; the guest was not touched.' }
      : { possible: true, requested, sentence: 'Stops before the guest is touched.' };
  }

  cancel(): { accepted: boolean; sentence: string } {
    if (this.#inner !== undefined) return this.#inner.cancel();
    this.#stop.abort();
    return { accepted: !this.#isOver, sentence: this.cancellation().sentence };
  }

  tuning(): TuningChoices {
    return this.#inner?.tuning() ?? tuningIn(plannedState, this.#request.plan);
  }

  /** Never rejects. */
  tune(change: TuningChange): Promise<TuningAnswer> {
    return this.#inner?.tune(change) ?? notYet();
  }

  /** Never rejects. */
  switchToPostCopy(): Promise<TuningAnswer> {
    return this.#inner?.switchToPostCopy() ?? notYet();
  }

  /** Call once. Never rejects. */
  async run(): Promise<MigrationResult> {
    const result = await this.#move();
    this.#isOver = true;
    try {
      await this.#request.identity.remove();
      return result;
    } catch (error) {
      const remedy = error instanceof ViaductError ? (error.remedy ?? '') : '';
      return { ...result, leftBehind: { side: 'source', message: messageOf(error), remedy } };
    }
  }

  async #move(): Promise<MigrationResult> {
    const { clock } = this.#request;
    const startedMs = clock.nowMs();
    const untouched = (outcome: 'refused' | 'cancelled', error?: OutcomeError): MigrationResult => ({
      ...untouchedGuest(this.#request.plan),
      outcome,
      totalMs: Math.round(clock.nowMs() - startedMs),
      ...(error && { error }),
    });
    try {
      const refusal = await this.#prepare();
      if (this.#stop.signal.aborted) return untouched('cancelled');
      if (refusal !== undefined) return untouched('refused', refusal);
    } catch (error) {
      if (this.#stop.signal.aborted) return untouched('cancelled');
      return untouched('refused', { ...explain(error, 'source', 'begin'), phase: 'preflight' });
    }
    this.#inner = this.#begin();
    return this.#inner.result;
  }

  /** @returns why the login with the identity fails; `undefined` where it works, or where nothing there can try it. */
  async #prepare(): Promise<OutcomeError | undefined> {
    const { plan, source, destination, identity } = this.#request;
    const { signal } = this.#stop;
    const { planned } = identity;
    const { dconnuri = '' } = plan;
    const { server: host = '', port = defaultPorts.tls } = parseConnectUri(dconnuri);
    const address = { dconnuri, transport: 'tls', host, port, because: 'as planned' } as const;
    const root = await identity.place(signal);
    const trial = await tryPeerLogin(root, address, filesIn(planned.folder), signal);
    if (trial.kind === 'in' || trial.kind === 'not-tried') return undefined;
    const { options, guest } = plan;
    const context = createContext({
      guest: guest.uuid,
      source,
      destination,
      options,
      identity: planned,
      signal,
    });
    const door = await orUndefined(() => context.destination.daemonDoor());
    const login = { address, identity: planned.subject, door, oneTime: planned, trial };
    const { cause, summary, remedy } = await whyShutOut(login, trial, context);
    return { code: `control.login.${cause}`, side: 'source', phase: 'preflight', message: summary, remedy };
  }
}

function untouchedGuest({ guest, source, destination, options, control }: MigrationPlan) {
  return {
    guest: guest.name,
    uuid: guest.uuid,
    source: source.name,
    destination: destination.name,
    mode: options.mode,
    control,
    runningOn: 'source',
    downtimeMs: null,
  } as const;
}
