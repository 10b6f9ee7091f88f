import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { call, type Channel } from '../bridge.ts';
import type { CalendarGroup, CertificatesSnapshot, CertificatesWork } from '../../electron/ipc/views.ts';
import { isNewer } from './generations.ts';
import type { NoticesController } from './notices.svelte.ts';

/** The expiry calendar as last heard of, what is unfolded and selected in it, and the verbs on it. */
export class CertificatesController {
  readonly #channel: Channel;
  readonly #notices: NoticesController;
  #snapshot = $state.raw<CertificatesSnapshot>();
  readonly #groups = $derived(this.#snapshot?.groups ?? []);
  /** What needs care first. */
  readonly hosts = $derived(this.#groups.filter(({ kind }) => kind === 'host'));
  /** What runs, or ended last; a look that went as it should has told all at the hosts. */
  readonly work = $derived(isWorthTelling(this.#snapshot?.work) ? this.#snapshot?.work : undefined);
  readonly isWorking = $derived(this.work !== undefined && this.work.outcome === undefined);
  readonly careCount = $derived(this.#snapshot?.careCount ?? 0);
  readonly problems = $derived(this.#snapshot?.problems ?? []);
  /** False until the first answer has arrived. */
  readonly loaded = $derived(this.#snapshot !== undefined);
  /** Hosts on the board that need care, and can be renewed. */
  readonly renewable = $derived(this.hosts.filter((group) => group.care !== undefined && canRenew(group)));
  readonly #unfolded = new SvelteMap<string, boolean>();
  /** Ids of hosts. */
  readonly selected = new SvelteSet<string>();
  /** The host that the view was opened for; it is brought into sight once. */
  wanted = $state<string>();

  constructor(channel: Channel, notices: NoticesController) {
    this.#channel = channel;
    this.#notices = notices;
    channel.on('certificates', (snapshot) => this.#apply(snapshot));
  }

  async refresh(): Promise<void> {
    this.#apply((await call(this.#channel, 'certificates.get', {})).certificates);
  }

  authority(name: string): CalendarGroup | undefined {
    return this.#groups.find(({ kind, owner }) => kind === 'authority' && owner === name);
  }

  /** By itself where its lines differ from each other: an end alone is seen in the line of the host. */
  isUnfolded({ owner, hostId, care }: CalendarGroup): boolean {
    const differs = hostId !== undefined && care !== undefined && care.reason !== 'ends';
    return this.#unfolded.get(owner) ?? differs;
  }

  unfold(owner: string, open: boolean): void {
    this.#unfolded.set(owner, open);
  }

  select(hostId: string, selected: boolean): void {
    if (selected) this.selected.add(hostId);
    else this.selected.delete(hostId);
  }

  /** At connected hosts that were not looked at lately; asks nobody for a password. */
  glance(): void {
    this.#ask(call(this.#channel, 'certificates.look', { mayAsk: false }));
  }

  /** Without `hostIds`, at all. */
  look(hostIds?: readonly string[]): void {
    this.#ask(
      call(this.#channel, 'certificates.look', {
        mayAsk: true,
        ...(hostIds !== undefined && { hostIds: [...hostIds] }),
      }),
    );
  }

  /** Resolves when it has begun. @throws RemoteError */
  async renew(hostIds: readonly string[]): Promise<void> {
    await call(this.#channel, 'certificates.renew', { hostIds: [...hostIds] });
    this.selected.clear();
  }

  /** Resolves when it has begun. @throws RemoteError */
  async revoke(owner: string): Promise<void> {
    await call(this.#channel, 'certificates.revoke', { owner });
  }

  cancel(): void {
    this.#ask(call(this.#channel, 'certificates.cancel', {}));
  }

  dismiss(): void {
    this.#ask(call(this.#channel, 'certificates.dismiss', {}));
  }

  #ask(asked: Promise<unknown>): void {
    asked.catch((error: unknown) => this.#notices.report(error));
  }

  #apply(snapshot: CertificatesSnapshot): void {
    if (!isNewer(this.#snapshot, snapshot)) return;
    this.#snapshot = snapshot;
    for (const hostId of this.selected) {
      if (!snapshot.groups.some((group) => group.hostId === hostId)) this.selected.delete(hostId);
    }
  }
}

function isWorthTelling(work: CertificatesWork | undefined): boolean {
  return work?.kind !== 'look' || (work.outcome !== 'done' && work.outcome !== 'cancelled');
}

/** Whether there is something to renew, and a way to the host. */
export function canRenew({ hostId, issuers, isRevoked }: CalendarGroup): boolean {
  return hostId !== undefined && issuers.length > 0 && !isRevoked;
}
