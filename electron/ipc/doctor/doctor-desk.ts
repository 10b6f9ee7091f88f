import { randomUUID } from 'node:crypto';
import { BadInputError } from '../../common/errors.ts';
import { untilAborted } from '../../common/until-aborted.ts';
import { systemClock, type Clock } from '../../engine/clock.ts';
import type { Diagnosis, End } from '../../engine/doctor/diagnosis.ts';
import { findGuest, type FoundGuest } from '../../engine/doctor/find-guest.ts';
import { NotOfferedError, treat } from '../../engine/doctor/treat.ts';
import { holdUnfinishedRun, type UnfinishedRun } from '../../engine/doctor/unfinished-run.ts';
import { lookAt, memoryAddresses } from '../../engine/doctor/visit.ts';
import type { Journals } from '../../engine/journal/journals.ts';
import { migrationHost } from '../../engine/run/libvirt-link.ts';
import { defaultLimits, type MigrationLimits } from '../../engine/run/limits.ts';
import type { MigrationHost } from '../../engine/run/migration-link.ts';
import type { HostAccess } from '../../hosts/host-access.ts';
import type { ManagedHost } from '../../hosts/managed-host.ts';
import { requireQemu } from '../../hosts/require-qemu.ts';
import type { GuestSnapshot } from '../../hosts/snapshots.ts';
import type { Request } from '../contract.ts';
import type { MigrationDesk } from '../migrations/migration-desk.ts';
import { doctorProblem } from './doctor-problem.ts';
import type { DoctorSnapshot, DoctorVisit } from './doctor-snapshot.ts';

type BoardHost = HostAccess & Pick<ManagedHost, 'driver' | 'readOnly'>;

export interface DoctorDeskParts {
  registry: {
    /** @throws BadInputError when there is no such host. */
    monitor(hostId: string): { host: BoardHost; guest(uuid: string): GuestSnapshot | undefined };
  };
  migrations: Pick<MigrationDesk, 'requireIdle'>;
  journals: Journals;
  changed: (snapshot: DoctorSnapshot) => void;
  /** How a host is spoken to. */
  reach?: (access: HostAccess) => MigrationHost;
  clock?: Clock;
  limits?: MigrationLimits;
}

type Ends<T> = Record<End, T>;

/** The doctor on the screen: looks at one guest on two hosts of the board, and takes what it has offered. */
export class DoctorDesk {
  readonly #parts: DoctorDeskParts;
  readonly #reach: (access: HostAccess) => MigrationHost;
  readonly #clock: Clock;
  readonly #limits: MigrationLimits;
  #snapshot: DoctorSnapshot = { generation: 0, visit: undefined };
  #found: FoundGuest | undefined;
  #stop = new AbortController();
  #over: Promise<void> = Promise.resolve();

  constructor(parts: DoctorDeskParts) {
    this.#parts = parts;
    this.#reach = parts.reach ?? migrationHost;
    this.#clock = parts.clock ?? systemClock;
    this.#limits = parts.limits ?? defaultLimits;
  }

  get snapshot(): DoctorSnapshot {
    return this.#snapshot;
  }

  get isActing(): boolean {
    return this.#snapshot.visit?.work?.kind === 'acting';
  }

  /**
   * Begins to ask both hosts. A look that is under way is given up for it.
   *
   * @throws BadInputError `doctor-busy`, `doctor-one-host`, `host-unknown`, `driver-unsupported`
   */
  look({ guest, sourceHostId, destinationHostId }: Request<'doctor.look'>): void {
    this.#requireIdle();
    if (sourceHostId === destinationHostId) {
      throw new BadInputError('doctor-one-host', 'The doctor compares two different hosts.', {
        side: 'client',
        remedy: 'Choose the two hosts between which the guest was moved.',
      });
    }
    const hosts = this.#hosts({ source: sourceHostId, destination: destinationHostId });
    const known = this.#knownAs(guest, { source: sourceHostId, destination: destinationHostId });
    const before = this.#snapshot.visit;
    const isAgain =
      [before?.guest, before?.uuid].includes(guest) &&
      before?.hosts.source.hostId === sourceHostId &&
      before.hosts.destination.hostId === destinationHostId;
    this.#stop.abort();
    this.#tell({
      visitId: randomUUID(),
      guest: known ?? guest,
      uuid: isAgain ? before.uuid : undefined,
      hosts: {
        source: { hostId: sourceHostId, name: hosts.source.name },
        destination: { hostId: destinationHostId, name: hosts.destination.name },
      },
      work: { kind: 'asking', sinceMs: Date.now() },
      seen: isAgain ? before.seen : undefined,
      done: undefined,
      problem: undefined,
    });
    this.#begin((visit, signal) => this.#look(visit, hosts, { guest, known }, signal));
  }

  /**
   * Begins one of the offered actions, and looks again whatever becomes of it.
   *
   * @throws BadInputError `visit-over`, `doctor-busy`, `read-only`, `migration-busy`, `migrate-uri-invalid`, `host-unknown`
   * @throws {NotOfferedError} the last look did not offer it
   */
  act({ visitId, action, host, migrateUri }: Request<'doctor.act'>): void {
    const visit = this.#current(visitId);
    this.#requireIdle();
    const { seen, uuid } = visit;
    if (visit.work !== undefined || seen === undefined || uuid === undefined) throw visitOver();
    if (!seen.diagnosis.actions.some((offered) => offered.action === action && offered.host === host))
      throw new NotOfferedError(action, seen.diagnosis);
    const hosts = this.#hosts({
      source: visit.hosts.source.hostId,
      destination: visit.hosts.destination.hostId,
    });
    const touched = action === 'recover-post-copy' ? (['source', 'destination'] as const) : [host];
    for (const end of touched) requireWritable(hosts[end]);
    this.#parts.migrations.requireIdle(uuid);
    const addresses = memoryAddresses(hosts, migrateUri);
    this.#tell({
      ...visit,
      work: { kind: 'acting', action, host, sinceMs: Date.now(), stopping: false },
      done: undefined,
      problem: undefined,
    });
    this.#begin((told, signal) => this.#act(told, hosts, { action, host, addresses, uuid }, signal));
  }

  /** Leaves off asking, or recovering a post-copy; a single order is not called back. */
  stop(visitId: string): void {
    const visit = this.#current(visitId);
    const { work } = visit;
    if (work === undefined) return;
    if (work.kind === 'acting') {
      if (work.action !== 'recover-post-copy') return;
      this.#tell({ ...visit, work: { ...work, stopping: true } });
    }
    this.#stop.abort();
  }

  /** Leaves off, and waits until what was begun has ended. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#over;
  }

  #begin(work: (visit: DoctorVisit, signal: AbortSignal) => Promise<Partial<DoctorVisit>>): void {
    const { visit } = this.#snapshot;
    if (visit === undefined) return;
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const before = this.#over;
    this.#over = (async () => {
      await before;
      const change = await work(visit, signal);
      const now = this.#snapshot.visit;
      if (now?.visitId === visit.visitId) this.#tell({ ...now, ...change, work: undefined });
    })();
  }

  /** Never rejects. */
  async #look(
    visit: DoctorVisit,
    hosts: Ends<BoardHost>,
    { guest, known }: { guest: string; known: string | undefined },
    signal: AbortSignal,
  ): Promise<Partial<DoctorVisit>> {
    try {
      const answer = await untilAborted(findGuest(guest, hosts, this.#clock, this.#limits), signal);
      const found = answer.name === answer.uuid ? { ...answer, name: known ?? answer.name } : answer;
      const run = await this.#hold(found);
      try {
        const diagnosis = await untilAborted(this.#see(found, hosts, run), signal);
        this.#found = found;
        return { guest: found.name, uuid: found.uuid, seen: seenNow(diagnosis) };
      } finally {
        await run.release();
      }
    } catch (error) {
      if (signal.aborted) return {};
      return { seen: undefined, problem: doctorProblem(error, visit, undefined) };
    }
  }

  /** Never rejects. */
  async #act(
    visit: DoctorVisit,
    hosts: Ends<BoardHost>,
    {
      addresses,
      ...order
    }: Pick<Parameters<typeof treat>[0], 'action' | 'host' | 'uuid'> & { addresses: Ends<string> },
    signal: AbortSignal,
  ): Promise<Partial<DoctorVisit>> {
    const found = this.#found ?? { name: visit.guest, uuid: order.uuid };
    let run: UnfinishedRun;
    try {
      run = await this.#hold(found);
    } catch (error) {
      return { seen: undefined, problem: doctorProblem(error, visit, order) };
    }
    try {
      const outcome: Partial<DoctorVisit> = await treat({
        ...order,
        ...this.#surroundings(hosts),
        guest: visit.guest,
        past: run.past,
        migrateUri: addresses,
        signal,
      }).then(
        () => ({ done: { action: order.action, host: order.host } }),
        (error: unknown) => ({ problem: doctorProblem(error, visit, { ...order, stopped: signal.aborted }) }),
      );
      return { ...outcome, seen: seenNow(await this.#see(found, hosts, run)) };
    } finally {
      await run.release();
    }
  }

  /** @throws BadInputError `migration-busy`; {JournalError} */
  #hold({ uuid }: FoundGuest): Promise<UnfinishedRun> {
    if (uuid !== undefined) this.#parts.migrations.requireIdle(uuid);
    return holdUnfinishedRun(this.#parts.journals, uuid);
  }

  #see(found: FoundGuest, hosts: Ends<BoardHost>, { past }: UnfinishedRun): Promise<Diagnosis> {
    return lookAt({ ...this.#surroundings(hosts), found, past });
  }

  #surroundings({ source, destination }: Ends<BoardHost>) {
    const hosts = { source: this.#reach(source), destination: this.#reach(destination) };
    return { hosts, clock: this.#clock, limits: this.#limits };
  }

  #hosts(ids: Ends<string>): Ends<BoardHost> {
    const hosts = {
      source: this.#parts.registry.monitor(ids.source).host,
      destination: this.#parts.registry.monitor(ids.destination).host,
    };
    requireQemu(hosts.source);
    requireQemu(hosts.destination);
    return hosts;
  }

  /** The name of a guest that is asked for by its UUID, should neither host know it now. */
  #knownAs(guest: string, ids: Ends<string>): string | undefined {
    const { registry } = this.#parts;
    const { visit } = this.#snapshot;
    const onBoard =
      registry.monitor(ids.source).guest(guest) ?? registry.monitor(ids.destination).guest(guest);
    return onBoard?.name ?? (visit?.uuid === guest ? visit.guest : undefined);
  }

  #current(visitId: string): DoctorVisit {
    const { visit } = this.#snapshot;
    if (visit?.visitId === visitId) return visit;
    throw visitOver();
  }

  #requireIdle(): void {
    const { visit } = this.#snapshot;
    if (visit?.work?.kind !== 'acting') return;
    throw new BadInputError('doctor-busy', `The doctor is still at work on ${visit.guest}.`, {
      side: 'client',
      remedy: 'Wait until that has ended.',
    });
  }

  #tell(visit: DoctorVisit): void {
    this.#snapshot = { generation: this.#snapshot.generation + 1, visit };
    this.#parts.changed(this.#snapshot);
  }
}

function seenNow(diagnosis: Diagnosis): DoctorVisit['seen'] {
  return { diagnosis, atMs: Date.now() };
}

function visitOver(): BadInputError {
  return new BadInputError('visit-over', 'Something else was looked at meanwhile. Nothing was touched.', {
    side: 'client',
    remedy: 'Ask again.',
  });
}

/** @throws BadInputError `read-only` */
function requireWritable({ readOnly }: BoardHost): void {
  if (readOnly) throw new BadInputError('read-only', readOnly.reason, { side: 'client' });
}
