import { SvelteMap } from 'svelte/reactivity';
import { call, type Channel } from '../bridge.ts';
import type { DropVerdict } from '../../electron/ipc/views.ts';
import type { NoticesController } from './notices.svelte.ts';
import type { PanelController } from './panel.svelte.ts';
import { initialOptions, withOffline } from './plan-options.ts';
import type { ReviewController } from './review.svelte.ts';

/** A guest where it is: what is dragged, and what the list of destinations is about. */
export interface MovableGuest {
  uuid: string;
  name: string;
  hostId: string;
  /** It is shut off, so only its definition can move. */
  isOff: boolean;
}

/** Where a guest can go, and going there: the one way behind dragging, the menu and the keyboard. */
export class MovesController {
  readonly #channel: Channel;
  readonly #panel: PanelController;
  readonly #review: ReviewController;
  readonly #notices: NoticesController;
  readonly #verdicts = new SvelteMap<string, DropVerdict>();
  #asked: { guest: MovableGuest; answered: Promise<void> } | undefined;

  constructor(
    channel: Channel,
    panel: PanelController,
    review: ReviewController,
    notices: NoticesController,
  ) {
    this.#channel = channel;
    this.#panel = panel;
    this.#review = review;
    this.#notices = notices;
  }

  /** Asks which hosts can take the guest; {@link verdict} fills as the answer arrives. */
  consider(guest: MovableGuest): void {
    this.#verdicts.clear();
    this.#asked = { guest, answered: this.#ask(guest) };
  }

  /** `undefined` while it is not known yet. */
  verdict(hostId: string): DropVerdict | undefined {
    return this.#verdicts.get(hostId);
  }

  /** Opens the guest's panel with its list of destinations. */
  showChoice(guest: MovableGuest, refusedBy?: string): void {
    this.consider(guest);
    this.#panel.show({ kind: 'guest', hostId: guest.hostId, uuid: guest.uuid, refusedBy });
  }

  /** Opens the review, or says why the host cannot take the guest. */
  async choose(guest: MovableGuest, destinationHostId: string): Promise<void> {
    if (destinationHostId === guest.hostId) return;
    if (this.#asked?.guest.uuid !== guest.uuid) this.consider(guest);
    await this.#asked?.answered;
    if (this.#verdicts.get(destinationHostId)?.can === false) {
      this.showChoice(guest, destinationHostId);
      return;
    }
    const intent = {
      guestUuid: guest.uuid,
      guestName: guest.name,
      sourceHostId: guest.hostId,
      destinationHostId,
    };
    this.#review.open(intent, withOffline(initialOptions, guest.isOff));
    this.#panel.show({ kind: 'review' });
  }

  async #ask(guest: MovableGuest): Promise<void> {
    try {
      const request = { guestUuid: guest.uuid, sourceHostId: guest.hostId };
      const { verdicts } = await call(this.#channel, 'migrations.verdicts', request);
      if (this.#asked && this.#asked.guest !== guest) return;
      for (const verdict of verdicts) this.#verdicts.set(verdict.hostId, verdict);
    } catch (error) {
      this.#notices.report(error);
    }
  }
}
