import type { MovableGuest } from '../state/moves.svelte.ts';

/** What a drag carries from a card to a column. */
export class DraggedGuest {
  readonly guest: MovableGuest;

  constructor(guest: MovableGuest) {
    this.guest = guest;
  }
}
