import { call, type Channel } from '../bridge.ts';
import type { Request } from '../../electron/ipc/contract.ts';
import type { DoctorSnapshot } from '../../electron/ipc/views.ts';
import { isNewer } from './generations.ts';
import type { HostsController } from './hosts.svelte.ts';
import { problemOf, type Problem } from './problem.ts';

/** A guest that it is not certain about where it is, with the hosts that are known to have to do with it. */
export interface Suspect {
  uuid: string;
  name: string;
  hostIds: readonly string[];
}

/** What is asked of the doctor, and what was heard last. */
export class DoctorController {
  readonly #channel: Channel;
  readonly #hosts: HostsController;
  #snapshot = $state.raw<DoctorSnapshot>();
  /** The guest that stands in the field by its name, while that has not been changed. */
  #meant = $state.raw<Pick<Suspect, 'uuid' | 'name'>>();
  /** The fields; a host's id, or empty. */
  guest = $state('');
  sourceHostId = $state('');
  destinationHostId = $state('');
  /** Why the last thing that was asked for was not begun. */
  problem = $state.raw<Problem>();
  readonly visit = $derived(this.#snapshot?.visit);
  /** Why both hosts cannot be asked now. */
  readonly blocked = $derived.by(() => {
    if (this.visit?.work?.kind === 'acting') return 'Wait until what was begun has ended.';
    if (this.guest.trim() === '') return 'Name the guest.';
    if (this.sourceHostId === '' || this.destinationHostId === '') return 'Choose two hosts.';
    return this.sourceHostId === this.destinationHostId ? 'Choose two different hosts.' : undefined;
  });

  constructor(channel: Channel, hosts: HostsController) {
    this.#channel = channel;
    this.#hosts = hosts;
    channel.on('doctor', (snapshot) => this.#apply(snapshot));
  }

  async refresh(): Promise<void> {
    this.#apply((await call(this.#channel, 'doctor.get', {})).doctor);
  }

  /** Fills what is empty: with what was looked at last, and with the two hosts where there are no others. */
  prefill(): void {
    const { visit } = this;
    if (this.guest === '' && visit !== undefined) {
      this.#fill(visit.guest, visit.uuid, [visit.hosts.source.hostId, visit.hosts.destination.hostId]);
    }
    const { list } = this.#hosts;
    if (list.length !== 2 || this.sourceHostId !== '' || this.destinationHostId !== '') return;
    [this.sourceHostId, this.destinationHostId] = [list[0]?.id ?? '', list[1]?.id ?? ''];
  }

  /** Fills the fields, and asks at once where it is plain which two hosts are meant. */
  open({ uuid, name, hostIds }: Suspect): void {
    const known = hostIds.filter((id) => this.#hosts.get(id) !== undefined);
    const others = this.#hosts.list.filter(({ id }) => !known.includes(id));
    const alsoThere = others.filter(({ guests }) => guests?.some((guest) => guest.uuid === uuid));
    const likely = alsoThere.length > 0 ? alsoThere : others;
    const second = likely.length === 1 ? likely.map(({ id }) => id) : [];
    this.#fill(name, uuid, known.length === 1 ? [...known, ...second] : known);
    if (this.blocked === undefined) this.look();
  }

  look(): void {
    if (this.blocked !== undefined) return;
    const typed = this.guest.trim();
    const guest = this.#meant?.name === typed ? this.#meant.uuid : typed;
    const { sourceHostId, destinationHostId } = this;
    this.#ask('doctor.look', { guest, sourceHostId, destinationHostId });
  }

  /** Asks the same hosts about the same guest as before, whatever stands in the fields. */
  lookAgain(): void {
    const { visit } = this;
    if (visit === undefined) return;
    const { source, destination } = visit.hosts;
    const guest = visit.uuid ?? visit.guest;
    this.#ask('doctor.look', { guest, sourceHostId: source.hostId, destinationHostId: destination.hostId });
  }

  act(order: Omit<Request<'doctor.act'>, 'visitId'>): void {
    const { visit } = this;
    if (visit !== undefined) this.#ask('doctor.act', { visitId: visit.visitId, ...order });
  }

  /** Leaves off asking, or recovering. */
  stop(): void {
    const { visit } = this;
    if (visit !== undefined) this.#ask('doctor.stop', { visitId: visit.visitId });
  }

  #fill(name: string, uuid: string | undefined, [source = '', destination = '']: readonly string[]): void {
    this.#meant = uuid === undefined ? undefined : { uuid, name };
    this.guest = name;
    this.sourceHostId = source;
    this.destinationHostId = destination;
  }

  #ask<C extends 'doctor.look' | 'doctor.act' | 'doctor.stop'>(command: C, request: Request<C>): void {
    this.problem = undefined;
    call(this.#channel, command, request).catch((error: unknown) => {
      this.problem = problemOf(error);
    });
  }

  #apply(snapshot: DoctorSnapshot): void {
    if (isNewer(this.#snapshot, snapshot)) this.#snapshot = snapshot;
  }
}
