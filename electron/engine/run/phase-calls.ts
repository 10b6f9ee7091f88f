import { domainStates, errorCodes, errorDomains, noCookie } from '../../libvirt/index.ts';
import type { Clock } from '../clock.ts';
import { explain } from '../explain.ts';
import type { MigrationPlan } from '../plan.ts';
import type { Call, CancelCall, ForwardCall, MigrationEvent, PeerCall } from '../state/migration-event.ts';
import { phaseFlags } from './flags.ts';
import type { PhaseFlags } from './flags.ts';
import type { MigrationLimits } from './limits.ts';
import { checkedMigrateUri } from './migrate-uri.ts';
import { checkSameSocket, relayUris } from './relay-uris.ts';
import { DaemonError } from './migration-link.ts';
import { notShutOff, type OpenRun } from './open-run.ts';
import { phaseParameters } from './parameters.ts';
import type { LearnedParameters } from './parameters.ts';
import { within } from './within.ts';

export type PhaseCallName = ForwardCall | CancelCall | PeerCall;

/** On whose connection each call goes. */
export const sideOf = {
  begin: 'source',
  prepare: 'destination',
  perform: 'source',
  finish: 'destination',
  confirm: 'source',
  'finish-cancelled': 'destination',
  'confirm-cancelled': 'source',
  move: 'source',
} as const satisfies Record<PhaseCallName, 'source' | 'destination'>;

export function isPhaseCall(call: Call): call is PhaseCallName {
  return Object.hasOwn(sideOf, call);
}

/** Told to cancel, the destination may answer with why its side failed, or that it has cleaned up already. */
export function tellsReason({ errorCode, errorDomain }: DaemonError): boolean {
  const cleanedUp = errorCode === errorCodes.internalError || errorCode === errorCodes.noDomain;
  return errorDomain === errorDomains.qemu && !cleanedUp;
}

/**
 * The calls of one run, with what each hands to the next: cookies, the definition, the data address, the flags.
 *
 * `make` resolves with what the reply amounts to and rejects as `MigrationLink` does; it decides nothing.
 */
export class PhaseCalls {
  readonly #run: OpenRun;
  readonly #plan: MigrationPlan;
  readonly #clock: Clock;
  readonly #limits: MigrationLimits;
  readonly #learned: LearnedParameters = {};
  #flags: PhaseFlags;
  /** From the last phase that answered, for the next. Opaque, and never logged: it holds the guest's definition. */
  #cookie: Uint8Array = noCookie;

  constructor(run: OpenRun, plan: MigrationPlan, clock: Clock, limits: MigrationLimits) {
    this.#run = run;
    this.#plan = plan;
    this.#clock = clock;
    this.#limits = limits;
    if (run.relay !== undefined) Object.assign(this.#learned, relayUris(run.relay.destination));
    // In a managed run Begin comes first, and keeps the guest's state from changing unseen.
    const guestIsPaused = plan.control === 'p2p' && run.guestIsPaused;
    this.#flags = phaseFlags(plan, { changeProtection: run.changeProtection, guestIsPaused });
  }

  make(call: PhaseCallName): Promise<MigrationEvent[]> {
    switch (call) {
      case 'begin':
        return this.#begin();
      case 'prepare':
        return this.#prepare();
      case 'perform':
        return this.#perform();
      case 'finish':
        return this.#finish();
      case 'confirm':
        return this.#confirm(false);
      case 'finish-cancelled':
        return this.#cancelFinish();
      case 'confirm-cancelled':
        return this.#confirm(true);
      case 'move':
        return this.#move();
    }
  }

  /** A cookie goes only to the phase after the one it came from; after a lost reply there is none. */
  #takeCookie(): Uint8Array {
    const cookie = this.#cookie;
    this.#cookie = noCookie;
    return cookie;
  }

  async #begin(): Promise<MigrationEvent[]> {
    const { source, dom, changeProtection } = this.#run;
    const { maxDowntimeMs, offline } = this.#plan.options;
    const params = phaseParameters(this.#plan, this.#learned);
    return within(this.#clock, this.#limits.beginMs, 'begin', async () => {
      const { cookie, xml } = await source.begin({ dom, params, flags: this.#flags.source });
      const sighting = await source.find(dom.uuid);
      const guestWasPaused = sighting?.state === domainStates.paused;
      if (maxDowntimeMs !== undefined) await source.setMaxDowntime(dom, maxDowntimeMs);
      this.#cookie = cookie;
      this.#learned.destinationXml = xml;
      this.#flags = phaseFlags(this.#plan, { changeProtection, guestIsPaused: guestWasPaused });
      const reply: MigrationEvent = { type: 'replied', call: 'begin', guestWasPaused };
      if (!offline || sighting?.state === domainStates.shutoff) return [reply];
      const fault = explain(notShutOff(this.#plan.guest.name), 'source', 'begin');
      return [reply, { type: 'rejected', fault }];
    });
  }

  /**
   * Where nothing is copied the address is of no use, and the cookie must not go back to where it came from: the
   * destination takes itself for the source then, and keeps a remainder that only a restart of its daemon removes.
   */
  async #prepare(): Promise<MigrationEvent[]> {
    const params = phaseParameters(this.#plan, this.#learned);
    const call = { params, cookie: this.#takeCookie(), flags: this.#flags.destination };
    const { cookie, uri } = await within(this.#clock, this.#limits.prepareMs, 'prepare', () =>
      this.#run.destination.prepare(call),
    );
    if (this.#plan.options.offline) return [{ type: 'replied', call: 'prepare' }];
    this.#cookie = cookie;
    try {
      this.#learnAddress(uri);
      return [{ type: 'replied', call: 'prepare' }];
    } catch (error) {
      const fault = explain(error, 'destination', 'prepare');
      return [
        { type: 'replied', call: 'prepare' },
        { type: 'rejected', fault },
      ];
    }
  }

  /** The source has sockets of its own, which the relay joins with the destination's. */
  #learnAddress(returned: string | undefined): void {
    const { relay } = this.#run;
    if (relay === undefined) {
      this.#learned.migrateUri = checkedMigrateUri(this.#plan.migrateUri ?? '', returned);
      return;
    }
    checkSameSocket(relay.destination, returned);
    Object.assign(this.#learned, relayUris(relay.source));
  }

  async #perform(): Promise<MigrationEvent[]> {
    const { source, dom } = this.#run;
    const params = phaseParameters(this.#plan, this.#learned);
    const { cookie } = await source.perform({
      dom,
      params,
      cookie: this.#takeCookie(),
      flags: this.#flags.source,
    });
    this.#cookie = cookie;
    return [{ type: 'replied', call: 'perform' }];
  }

  async #finish(): Promise<MigrationEvent[]> {
    const call = { ...this.#finishArgs(), cookie: this.#takeCookie(), cancelled: false };
    const finish = () => this.#run.destination.finish(call);
    const { cookie } = await within(this.#clock, this.#limits.finishMs, 'finish', finish);
    this.#cookie = cookie;
    return [{ type: 'replied', call: 'finish' }];
  }

  async #cancelFinish(): Promise<MigrationEvent[]> {
    const call = { ...this.#finishArgs(), cookie: noCookie, cancelled: true };
    try {
      await within(this.#clock, this.#limits.finishMs, 'finish', () => this.#run.destination.finish(call));
    } catch (error) {
      // The reply has no room for "no guest", so a cancellation that went well comes as this error.
      if (!(error instanceof DaemonError && error.errorCode === errorCodes.migrateFinishOk)) throw error;
    }
    return [{ type: 'replied', call: 'finish-cancelled' }];
  }

  /** Peer-to-peer: all phases within one call, which answers when the source's daemon is done with them. */
  async #move(): Promise<MigrationEvent[]> {
    const { source, dom } = this.#run;
    const { dconnuri, options } = this.#plan;
    const { maxDowntimeMs } = options;
    if (maxDowntimeMs !== undefined) {
      await within(this.#clock, this.#limits.controlMs, 'the limit of the pause', () =>
        source.setMaxDowntime(dom, maxDowntimeMs),
      );
    }
    const params = phaseParameters(this.#plan);
    const call = { dom, dconnuri, params, cookie: noCookie, flags: this.#flags.source };
    if (options.offline) {
      await within(this.#clock, this.#limits.offlineMs, 'the move', () => source.perform(call));
    } else {
      await source.perform(call);
    }
    return [{ type: 'replied', call: 'move' }];
  }

  #finishArgs() {
    const learned = { ...this.#learned, destinationName: this.#plan.guest.name };
    return { params: phaseParameters(this.#plan, learned), flags: this.#flags.destination };
  }

  async #confirm(cancelled: boolean): Promise<MigrationEvent[]> {
    const { source, dom } = this.#run;
    const params = phaseParameters(this.#plan, this.#learned);
    const cookie = cancelled ? noCookie : this.#takeCookie();
    const call = { dom, params, cookie, flags: this.#flags.source, cancelled };
    await within(this.#clock, this.#limits.confirmMs, 'confirm', () => source.confirm(call));
    return [{ type: 'replied', call: cancelled ? 'confirm-cancelled' : 'confirm' }];
  }
}
