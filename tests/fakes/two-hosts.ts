import { DaemonError } from '../../electron/engine/run/migration-link.ts';
import type {
  MigrationHost,
  MigrationLink,
  PhaseCall,
  Registration,
  Sighting,
} from '../../electron/engine/run/migration-link.ts';
import { lifecycleDetails, lifecycleEvents, migrateFlags } from '../../electron/libvirt/index.ts';
import type { JobStats, TypedParameterMap } from '../../electron/libvirt/index.ts';
import { SimulatedConnection } from './simulated-connection.ts';
import { durationsMs, postCopyMs } from './simulated-fault.ts';
import type { PeerFault, PeerPoint, SimulatedCall, SimulatedFault } from './simulated-fault.ts';
import type { VirtualClock } from './virtual-clock.ts';

export const guest = { name: 'web01', uuid: 'c0ffee00-0000-4000-8000-000000000001', id: 7 };

/** A guest as one daemon has it. `memory`: how much of the running machine it holds. */
interface Copy {
  state: number;
  reason: number;
  memory: 'whole' | 'partial' | 'none';
  /** Its connection's end destroys it. */
  boundTo: SimulatedConnection | undefined;
  persistent: boolean;
  /** Offline: it is the definition that was to move, not one that was there before. */
  isMoved?: boolean;
}

interface Job {
  /** `undefined`: the source's daemon itself, which moves the guest peer-to-peer. */
  owner: SimulatedConnection | undefined;
  at: 'begun' | 'performing' | 'performed';
  abort: boolean;
  /** Post-copy was allowed, and the source was told to switch to it. */
  mayPostCopy: boolean;
  postCopy: boolean;
}

export interface GuestAtFirst {
  paused?: boolean;
  persistent?: boolean;
  shutOff?: boolean;
  /** The destination has a definition of it as well. */
  definedBefore?: boolean;
}

const definition: Copy = { state: 5, reason: 1, memory: 'none', boundTo: undefined, persistent: true };
const running = { state: 1, reason: 1 };
const pausedByUser = { state: 3, reason: 1 };
const pausedForMigration = { state: 3, reason: 2 };
const serving = { state: 3, reason: 12 };
const servingFailed = { state: 3, reason: 13 };
const fetching = { state: 1, reason: 10 };
const fetchingFailed = { state: 1, reason: 11 };

/**
 * Two libvirt daemons and one guest, as far as a migration can see them; their manners on lost connections,
 * aborts and errors are those of libvirt 9.0.0 (recorded by experiment in the project's reference).
 *
 * It is the oracle as well: `violations` names every moment at which a guest ran twice, was resumed although it had
 * run elsewhere, or was destroyed for good.
 */
export class TwoHosts {
  readonly violations: string[] = [];
  readonly calls: string[] = [];
  readonly source: MigrationHost;
  readonly destination: MigrationHost;
  readonly sent: { call: SimulatedCall; params: PhaseCall['params']; flags: number }[] = [];
  uriOut: string | undefined = 'tcp:beta.lab:49152';
  copies: { source: Copy | undefined; destination: Copy | undefined };
  job: Job | undefined;
  fault: SimulatedFault | undefined;
  peerFault: PeerFault | undefined;
  /** The way for memory breaks after the switch to post-copy. */
  postCopyBreaks = false;
  #ranOnDestination = false;
  /** Offline: Prepare was answered, and Finish not yet made. */
  #isHandedOver = false;
  /** After the switch: settles when all memory has followed, or the way for it broke. */
  #following: Promise<'whole' | 'broken'> | undefined;
  /** Of the last Perform: what the source's daemon remembers of its job. */
  readonly #clock: VirtualClock;
  readonly #darkUntilMs = { source: 0, destination: 0 };
  readonly #own: { source?: SimulatedConnection; destination?: SimulatedConnection } = {};
  readonly #completed: ((stats: TypedParameterMap) => void)[] = [];
  readonly #resumed: ((detail: number) => void)[] = [];
  readonly #lifecycle: ((event: number, detail: number) => void)[] = [];

  constructor(clock: VirtualClock, options: GuestAtFirst = {}) {
    this.#clock = clock;
    const state = options.paused === true ? pausedByUser : running;
    const persistent = options.persistent ?? true;
    this.copies = {
      source: options.shutOff
        ? { ...definition, isMoved: true }
        : { ...state, memory: 'whole', boundTo: undefined, persistent },
      destination: options.definedBefore ? { ...definition } : undefined,
    };
    this.source = this.#host('source');
    this.destination = this.#host('destination');
  }

  /** Where the guest's processors run. */
  get runningOn(): ('source' | 'destination')[] {
    return (['source', 'destination'] as const).filter((side) => this.copies[side]?.state === 1);
  }

  /** Somebody ends it with `virsh destroy`; its daemon tells of that once it has answered the calls it breaks. */
  endByOthers(): void {
    this.#drop('source', 2);
    for (const listener of this.#lifecycle)
      listener(lifecycleEvents.stopped, lifecycleDetails.stopped.destroyed);
  }

  breakLink(side: 'source' | 'destination'): void {
    this.#own[side]?.lose();
  }

  darken(side: 'source' | 'destination', ms: number): void {
    this.#darkUntilMs[side] = this.#clock.nowMs() + ms;
    this.#own[side]?.lose();
  }

  #host(side: 'source' | 'destination'): MigrationHost {
    return {
      name: side === 'source' ? 'alpha.lab' : 'beta.lab',
      connect: async () => {
        const connection = this.#connection(side);
        this.#own[side] ??= connection;
        return Promise.resolve(this.#link(side, connection));
      },
      control: async () => Promise.resolve(this.#link(side, this.#connection(side))),
    };
  }

  #connection(side: 'source' | 'destination'): SimulatedConnection {
    if (this.#isDark(side)) throw new Error(`No route to ${side}.`);
    return new SimulatedConnection((connection) => this.#afterClose(side, connection));
  }

  #isDark(side: 'source' | 'destination'): boolean {
    return this.#clock.nowMs() < this.#darkUntilMs[side];
  }

  /** The close handlers run when the last call of the connection is done (libvirt's virCloseCallbacks). */
  #afterClose(side: 'source' | 'destination', connection: SimulatedConnection): void {
    if (side === 'destination') {
      if (this.copies.destination?.boundTo === connection) this.#drop('destination', 2);
    } else if (this.job?.owner === connection) {
      this.job = undefined;
    }
  }

  #link(side: 'source' | 'destination', connection: SimulatedConnection): MigrationLink {
    const ask = <T>(work: () => T): Promise<T> => {
      if (this.#isDark(side)) return Promise.reject(new Error(`No route to ${side}.`));
      return connection.run(async () => Promise.resolve(work()));
    };
    const phase = <T>(call: SimulatedCall, args: PhaseCall, work: () => T | Promise<T>): Promise<T> => {
      this.calls.push(call);
      this.sent.push({ call, params: args.params, flags: args.flags });
      return this.#phase(side, connection, call, work);
    };
    return {
      closed: connection.closed,
      close: () => {
        connection.close();
        return Promise.resolve();
      },
      begin: (args) => phase('begin', args, () => this.#begin(connection, args.flags)),
      prepare: (args) => phase('prepare', args, () => this.#prepare(connection, args.flags)),
      perform: (args) =>
        args.dconnuri === undefined
          ? phase('perform', args, () => this.#perform())
          : phase('move', args, () =>
              isOffline(args.flags) ? this.#moveOffline(args.flags) : this.#move(args.flags),
            ),
      finish: (args) =>
        args.cancelled
          ? phase('finish-cancelled', args, () => this.#cancelFinish())
          : phase('finish', args, () => this.#finish(args.flags, args.cookie)),
      confirm: (args) =>
        args.cancelled
          ? phase('confirm-cancelled', args, () => this.#confirm(connection, args.flags, true))
          : phase('confirm', args, () => this.#confirm(connection, args.flags, false)),
      find: () => ask(() => this.#find(side)),
      hasChangeProtection: () => ask(() => true),
      jobStats: () => ask(() => this.#jobStats(side)),
      setMaxDowntime: () => ask(() => undefined),
      setMaxSpeed: () => ask(() => undefined),
      startPostCopy: () => {
        this.calls.push('post-copy');
        return this.#phase(side, connection, 'post-copy', () => this.#startPostCopy());
      },
      suspend: () => ask(() => this.#suspend()),
      abortJob: () =>
        ask(() => {
          if (this.job?.postCopy === true) {
            this.violations.push('a migration in post-copy was told to abort');
            throw new DaemonError(55, 10, 'cannot abort migration in post-copy mode');
          }
          if (this.job !== undefined) this.job.abort = true;
        }),
      destroy: () => ask(() => this.#destroy(side)),
      undefine: () => ask(() => this.#undefine(side)),
      resume: () => ask(() => this.#resume(side)),
      onJobCompleted: (_dom, listener) => ask(() => this.#register(this.#completed, listener)),
      onResumed: (_dom, listener) => ask(() => this.#register(this.#resumed, listener)),
      onLifecycle: (_dom, listener) =>
        ask(() => (side === 'source' ? this.#register(this.#lifecycle, listener) : { end: () => undefined })),
      onRestarted: () => ask(() => ({ end: () => undefined })),
    };
  }

  #register<T>(listeners: T[], listener: T): Registration {
    listeners.push(listener);
    return { end: () => void listeners.splice(listeners.indexOf(listener), 1) };
  }

  async #phase<T>(
    side: 'source' | 'destination',
    connection: SimulatedConnection,
    call: SimulatedCall,
    work: () => T | Promise<T>,
  ): Promise<T> {
    const fault = this.fault?.at === call ? this.fault : undefined;
    const durationMs = fault?.slowMs ?? durationsMs[call];
    const done = async (): Promise<T> => {
      if (call === 'move') await this.#clock.sleep(fault?.slowMs ?? 0);
      else if (call !== 'perform') await this.#clock.sleep(durationMs);
      return work();
    };
    if (fault === undefined) return connection.run(done);
    this.fault = undefined;
    const other = side === 'source' ? 'destination' : 'source';
    const breakAfter = async (...sides: ('source' | 'destination')[]): Promise<void> => {
      await this.#clock.sleep(durationsMs[call] / 2);
      for (const broken of sides) this.darken(broken, fault.darkMs ?? 0);
      if (sides.includes(side)) connection.lose();
    };
    switch (fault.kind) {
      case 'error':
        return connection.run(async () => {
          await this.#clock.sleep(durationMs);
          this.#failed(call);
          throw new DaemonError(9, 10, `internal: ${call} failed as it was told to`);
        });
      case 'lost before':
        this.darken(side, fault.darkMs ?? 0);
        connection.lose();
        return connection.run(done);
      case 'lost during':
        void breakAfter(side);
        return connection.run(done);
      case 'other lost':
        void breakAfter(other);
        return connection.run(done);
      case 'both lost':
        void breakAfter(side, other);
        return connection.run(done);
      case 'reply lost':
        return connection.run(async () => {
          const result = await done();
          this.darken(side, fault.darkMs ?? 0);
          connection.lose();
          return result;
        });
      case 'hangs':
        return connection.run(() => new Promise<T>(() => undefined), 'forgotten');
      case 'hangs done':
        return connection.run(async () => {
          await done();
          return new Promise<T>(() => undefined);
        }, 'forgotten');
    }
  }

  #failed(call: SimulatedCall): void {
    switch (call) {
      case 'begin':
      case 'prepare':
      case 'post-copy':
      case 'finish-cancelled':
      case 'confirm':
      case 'confirm-cancelled':
        return;
      case 'move':
      case 'perform':
        this.job = undefined;
        this.#drop('destination', 6);
        return;
      case 'finish':
        if (this.#isHandedOver) this.#dropRemainder();
        else this.#drop('destination', 6);
    }
  }

  #begin(connection: SimulatedConnection, flags: number) {
    if (this.job !== undefined) throw new DaemonError(55, 10, 'another migration job is already running');
    const mayPostCopy = (flags & migrateFlags.postcopy) !== 0;
    this.job = { owner: connection, at: 'begun', abort: false, mayPostCopy, postCopy: false };
    return { cookie: new Uint8Array([1]), xml: '<domain/>' };
  }

  #prepare(connection: SimulatedConnection, flags = 0) {
    if (isOffline(flags)) {
      if (this.copies.destination?.persistent === false) throw new DaemonError(55, 10, 'is being started');
      this.#isHandedOver = true;
      this.copies.destination ??= { ...definition, persistent: false };
      return { cookie: new Uint8Array([2]), uri: this.uriOut };
    }
    if (this.copies.destination !== undefined && this.copies.destination.state !== 5) {
      throw new DaemonError(55, 10, 'domain is already active');
    }
    const persistent = this.copies.destination?.persistent ?? false;
    this.copies.destination = { ...pausedForMigration, memory: 'none', boundTo: connection, persistent };
    return { cookie: new Uint8Array([2]), uri: this.uriOut };
  }

  #stopForMigration(copy: Copy): void {
    Object.assign(copy, pausedForMigration);
    for (const listener of this.#lifecycle)
      listener(lifecycleEvents.suspended, lifecycleDetails.suspended.migrated);
  }

  #startPostCopy(): void {
    const { job } = this;
    if (job?.at !== 'performing' || !job.mayPostCopy)
      throw new DaemonError(55, 10, 'post-copy can only be started while outgoing migration is in progress');
    job.postCopy = true;
  }

  /** A user's suspend while the guest migrates shows as the migration's own. */
  #suspend(): void {
    const { source } = this.copies;
    if (this.job?.at === 'performing' && source?.state === 1) Object.assign(source, pausedForMigration);
  }

  /** The source has stopped its processors; the destination has the state of the machine, and none of them runs yet. */
  #switch(job: Job): void {
    const { source, destination } = this.copies;
    if (source !== undefined) Object.assign(source, serving);
    if (destination !== undefined) destination.memory = 'partial';
    job.at = 'performed';
    this.#following = this.#follow(destination);
  }

  async #follow(copy: Copy | undefined): Promise<'whole' | 'broken'> {
    await this.#clock.sleep(this.postCopyBreaks ? postCopyMs.breaks : postCopyMs.follows);
    const { source, destination } = this.copies;
    if (this.postCopyBreaks || copy === undefined || destination !== copy || source === undefined) {
      if (source?.state === 3) Object.assign(source, servingFailed);
      if (copy?.state === 1) Object.assign(copy, fetchingFailed);
      return 'broken';
    }
    copy.memory = 'whole';
    return 'whole';
  }

  async #perform(halfway?: () => Promise<unknown>) {
    const { job } = this;
    const copy = this.copies.source;
    if (job === undefined || copy === undefined)
      throw new DaemonError(55, 10, 'domain is not being migrated');
    job.at = 'performing';
    const before = { state: copy.state, reason: copy.reason };
    for (let second = 0; second < 10; second += 1) {
      await this.#clock.sleep(1_000);
      if (second === 5) await halfway?.();
      const gone = this.copies.destination?.state !== 3;
      if (gone || job.abort) {
        Object.assign(copy, before);
        if (this.job === job) this.job = undefined;
        this.#drop('destination', 6);
        throw job.abort
          ? new DaemonError(78, 10, 'operation aborted: migration out job: canceled by client')
          : new DaemonError(9, 10, 'operation failed: migration out job: unexpectedly failed');
      }
      if (job.postCopy) {
        this.#switch(job);
        return { cookie: new Uint8Array([3]) };
      }
      if (second === 8) this.#stopForMigration(copy);
    }
    if (this.copies.destination !== undefined) this.copies.destination.memory = 'whole';
    job.at = 'performed';
    return { cookie: new Uint8Array([3]) };
  }

  async #finishPostCopy(copy: Copy, flags: number) {
    copy.boundTo = undefined;
    copy.persistent ||= (flags & migrateFlags.persistDest) !== 0;
    Object.assign(copy, fetching);
    this.#ranOnDestination = true;
    for (const listener of this.#resumed) listener(3);
    if ((await this.#following) !== 'whole') {
      Object.assign(copy, fetchingFailed);
      throw new DaemonError(9, 10, 'migration failed in post-copy phase');
    }
    Object.assign(copy, { state: 1, reason: 2 });
    for (const listener of this.#resumed) listener(1);
    return { dom: guest, cookie: new Uint8Array([4]) };
  }

  /** Given its own cookie, the daemon takes itself for the source, and keeps what Prepare made. */
  #finishOffline(cookie: Uint8Array | undefined) {
    if (cookie?.length) throw new DaemonError(1, 10, 'Attempt to migrate guest to the same host');
    const copy = this.copies.destination;
    if (!this.#isHandedOver || copy === undefined)
      throw new DaemonError(42, 10, 'no domain with matching name');
    this.#isHandedOver = false;
    Object.assign(copy, { persistent: true, isMoved: true });
    return { dom: guest, cookie: new Uint8Array() };
  }

  #dropRemainder(): void {
    this.#isHandedOver = false;
    if (this.copies.destination?.persistent === false) this.copies.destination = undefined;
  }

  async #moveOffline(flags: number) {
    const link = new SimulatedConnection((connection) => this.#afterClose('destination', connection));
    await this.#clock.sleep(500);
    if (await this.#breaksAt('connect', link)) throw new DaemonError(38, 7, 'unable to connect to server');
    this.#prepare(link, flags);
    await this.#clock.sleep(500);
    if (await this.#breaksAt('switched', link)) throw new DaemonError(38, 7, 'client socket is closed');
    this.#finishOffline(undefined);
    if (await this.#breaksAt('finish', link)) throw new DaemonError(38, 7, 'client socket is closed');
    await this.#breaksAt('finished', link);
    this.#leaveSourceOffline(flags);
    return { cookie: new Uint8Array() };
  }

  #leaveSourceOffline(flags: number): void {
    if ((flags & migrateFlags.undefineSource) !== 0) this.#undefineDefinition();
  }

  #undefineDefinition(): void {
    if (this.copies.destination?.isMoved !== true) this.violations.push('the only definition was removed');
    this.copies.source = undefined;
  }

  #finish(flags: number, cookie?: Uint8Array) {
    if (isOffline(flags)) return this.#finishOffline(cookie);
    const copy = this.copies.destination;
    if (copy?.state !== 3) throw new DaemonError(42, 10, 'no domain with matching name');
    if (copy.memory === 'partial') return this.#finishPostCopy(copy, flags);
    if (copy.memory !== 'whole') {
      this.#drop('destination', 6);
      throw new DaemonError(9, 10, 'migration was not complete');
    }
    copy.boundTo = undefined;
    copy.persistent ||= (flags & migrateFlags.persistDest) !== 0;
    if ((flags & migrateFlags.paused) === 0) this.#startOnDestination(2);
    else Object.assign(copy, pausedByUser);
    return { dom: guest, cookie: new Uint8Array([4]) };
  }

  #startOnDestination(reason: number): void {
    this.#setRunning('destination', reason);
    this.#ranOnDestination = true;
    for (const listener of this.#resumed) listener(1);
  }

  /** Finish was told to leave it paused, or it was paused before. */
  #waitsOnDestination(): boolean {
    const copy = this.copies.destination;
    return copy?.state === pausedByUser.state && copy.reason === pausedByUser.reason;
  }

  #cancelFinish(): never {
    if (this.#isHandedOver) {
      this.#dropRemainder();
      throw new DaemonError(93, 10, 'migration successfully aborted');
    }
    if (this.copies.destination?.state !== 3) throw new DaemonError(42, 10, 'no domain with matching name');
    this.#drop('destination', 2);
    throw new DaemonError(93, 10, 'migration successfully aborted');
  }

  #confirm(connection: SimulatedConnection, flags: number, cancelled: boolean): void {
    const { job } = this;
    const isOpen = job?.owner === connection && job.at !== 'performing';
    if (isOpen && isOffline(flags)) {
      this.job = undefined;
      if (!cancelled) this.#leaveSourceOffline(flags);
      return;
    }
    if (!isOpen || (!cancelled && job.at !== 'performed')) {
      throw new DaemonError(55, 10, 'domain is not being migrated');
    }
    this.job = undefined;
    if (cancelled) {
      const wasPaused = (flags & migrateFlags.paused) !== 0;
      if (job.at === 'performed' && !wasPaused) this.#setRunning('source', 6);
      return;
    }
    this.#leaveSource(flags);
  }

  /** What the source's daemon does by itself, over a link of its own (qemuMigrationSrcPerformPeer2Peer3). */
  async #move(flags: number) {
    if (this.job !== undefined) throw new DaemonError(55, 10, 'another migration job is already running');
    const wasRunning = this.copies.source?.state === 1;
    const link = new SimulatedConnection((connection) => this.#afterClose('destination', connection));
    const mayPostCopy = (flags & migrateFlags.postcopy) !== 0;
    const job: Job = { owner: undefined, at: 'begun', abort: false, mayPostCopy, postCopy: false };
    this.job = job;
    await this.#clock.sleep(500);
    if (await this.#breaksAt('connect', link)) {
      this.job = undefined;
      throw new DaemonError(38, 7, 'unable to connect to server');
    }
    this.#prepare(link);
    await this.#perform(() => this.#breaksAt('perform', link));
    let arrived = !(await this.#breaksAt('switched', link));
    if (arrived) {
      await this.#clock.sleep(durationsMs.finish);
      await this.#finish(flags);
      // Without the reply libvirt takes it for failed and lets the source go on, "a small chance" as its source says.
      arrived = !(await this.#breaksAt('finish', link));
    }
    if (arrived) await this.#breaksAt('finished', link);
    link.close();
    await this.#clock.sleep(durationsMs.confirm);
    if (this.job === job) this.job = undefined;
    if (!arrived) {
      if (wasRunning) this.#setRunning('source', 6);
      throw new DaemonError(38, 7, 'client socket is closed');
    }
    this.#leaveSource(flags);
    return { cookie: new Uint8Array() };
  }

  /** Does to the daemons what is to happen at this point. @returns whether the link between them is gone */
  async #breaksAt(point: PeerPoint, link: SimulatedConnection): Promise<boolean> {
    if (this.peerFault?.at !== point) return false;
    const { kind } = this.peerFault;
    link.lose();
    if (kind === 'source daemon dies') {
      this.job = undefined;
      const { source } = this.copies;
      const recovers = source?.reason === pausedForMigration.reason && point === 'perform';
      if (recovers) this.#setRunning('source', 6);
      this.darken('source', 1_000);
      return new Promise<never>(() => undefined);
    }
    if (kind === 'destination daemon dies') this.darken('destination', 1_000);
    if (kind === 'destination host dies') {
      // A definition is on its disk, and there when it comes back.
      if (this.copies.destination?.isMoved !== true) this.copies.destination = undefined;
      this.darken('destination', Infinity);
      // Keepalive has to notice it: five pings, five seconds apart.
      await this.#clock.sleep(30_000);
    }
    return true;
  }

  #leaveSource(flags: number): void {
    this.#drop('source', 4);
    if ((flags & migrateFlags.undefineSource) !== 0) this.copies.source = undefined;
    for (const listener of this.#completed) listener(new Map([['downtime_net', 42n]]));
  }

  #find(side: 'source' | 'destination'): Sighting | undefined {
    const copy = this.copies[side];
    if (copy === undefined) return undefined;
    const { state, reason, persistent } = copy;
    return { dom: guest, state, reason, persistent };
  }

  #jobStats(side: 'source' | 'destination'): JobStats {
    if (side === 'destination') return { type: 3, stats: new Map([['downtime', 43n]]) };
    const { job } = this;
    if (job === undefined || (job.owner !== undefined && job.at !== 'performing'))
      return { type: 0, stats: new Map() };
    return {
      type: 2,
      stats: new Map([
        ['memory_total', 1_000n],
        ['memory_remaining', 500n],
        ['memory_postcopy_requests', job.postCopy ? 7n : 0n],
      ]),
    };
  }

  #destroy(side: 'source' | 'destination'): void {
    this.calls.push(`destroy ${side}`);
    const copy = this.copies[side];
    if (copy === undefined || copy.state === 5) throw new DaemonError(55, 10, 'domain is not running');
    if (copy.state === 1) this.violations.push(`the running guest on the ${side} was destroyed`);
    const other = this.copies[side === 'source' ? 'destination' : 'source'];
    const isWhole = side === 'source' ? this.#waitsOnDestination() : other?.state === 1;
    const isGivenUp = side === 'source' ? this.#ranOnDestination : copy.boundTo !== undefined;
    if (!isWhole && !isGivenUp && copy.memory === 'whole')
      this.violations.push('the only copy was destroyed');
    this.#checkPostCopy(side, 'destroyed');
    this.#drop(side, 2);
  }

  #undefine(side: 'source' | 'destination'): void {
    this.calls.push(`undefine ${side}`);
    const copy = this.copies[side];
    if (copy === undefined) throw new DaemonError(42, 10, 'no domain with matching uuid');
    if (copy.isMoved && side === 'source') this.#undefineDefinition();
    else if (copy.state === 5) this.copies[side] = undefined;
    else copy.persistent = false;
  }

  /** After the switch each host has what the other lacks. */
  #checkPostCopy(side: 'source' | 'destination', what: string): void {
    const isPart = this.copies.destination?.memory === 'partial';
    if (isPart) this.violations.push(`the ${side} was ${what} while the guest needed both`);
  }

  #resume(side: 'source' | 'destination'): void {
    this.calls.push(`resume ${side}`);
    this.#checkPostCopy(side, 'resumed');
    if (this.copies.source?.reason === serving.reason || this.copies.source?.reason === servingFailed.reason)
      throw new DaemonError(68, 10, 'cannot acquire state change lock');
    if (side === 'destination') {
      if (!this.#waitsOnDestination()) throw new DaemonError(68, 10, 'cannot acquire state change lock');
      this.#startOnDestination(5);
      return;
    }
    if (this.job?.at === 'performing' || (this.job && this.job.owner === undefined))
      throw new DaemonError(68, 10, 'cannot acquire state change lock');
    this.#setRunning(side, 5);
  }

  #setRunning(side: 'source' | 'destination', reason: number): void {
    const copy = this.copies[side];
    if (copy === undefined) return;
    if (side === 'source' && this.#ranOnDestination) {
      this.violations.push('the source was resumed after the guest had run on the destination');
    }
    Object.assign(copy, { state: 1, reason });
    if (this.runningOn.length > 1) this.violations.push('the guest ran on both hosts');
  }

  #drop(side: 'source' | 'destination', reason: number): void {
    const copy = this.copies[side];
    if (copy === undefined || copy.state === 5) return;
    this.copies[side] = copy.persistent
      ? { state: 5, reason, memory: 'none', boundTo: undefined, persistent: true }
      : undefined;
  }
}

function isOffline(flags: number): boolean {
  return (flags & migrateFlags.offline) !== 0;
}
