import { createContext } from 'svelte';
import type { Attachment } from 'svelte/attachments';
import type { MovableGuest, MovesController } from '../state/moves.svelte.ts';

/*
 * Dragging a guest from its card to a column, with pointer events. The lifted card is drawn by DragArea.svelte; a
 * column is found by its `data-host-id` under the pointer. A touch scrolls the board as usual: by touch and by
 * keyboard, a guest is moved from its panel.
 *
 *   pressed --moved 5 px--> lifted --released over a column--> MovesController.choose
 *      |                       '----Escape, released elsewhere, window left----> back in place
 *      '----released----> an ordinary click
 */

/** A press on such an element belongs to the element and starts no drag. */
const ownsPresses = '[data-no-drag]';

/** How far the pointer moves before a press is a drag, in pixels. */
const slack = 5;

/** Distance from the board's edge in pixels within which dragging scrolls it, and how far with each move. */
const edge = 56;
const scrollStep = 18;

function hostUnder(x: number, y: number): string | undefined {
  const column = document.elementFromPoint(x, y)?.closest<HTMLElement>('[data-host-id]');
  return column?.dataset['hostId'];
}

/** Keeps the click that follows a drag's release from reaching what lies under the pointer. */
function swallowNextClick(): void {
  const swallow = (event: Event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  window.addEventListener('click', swallow, { capture: true, once: true });
  setTimeout(() => window.removeEventListener('click', swallow, { capture: true }), 0);
}

/** What is being dragged, where the pointer is and over which host. */
export class GuestDrag {
  readonly #moves: MovesController;
  guest = $state.raw<MovableGuest | undefined>(undefined);
  overHostId = $state<string | undefined>(undefined);
  x = $state(0);
  y = $state(0);
  /** The element that scrolls sideways. */
  scroller: HTMLElement | undefined;

  constructor(moves: MovesController) {
    this.#moves = moves;
  }

  /** Makes an element the handle of a guest; `undefined` while the guest cannot be dragged. */
  handle(guest: () => MovableGuest | undefined): Attachment<HTMLElement> {
    return (element) => {
      const press = (event: PointerEvent) => {
        const held = guest();
        const owned = event.target instanceof Element && event.target.closest(ownsPresses) !== null;
        if (held && !owned && event.button === 0 && event.pointerType !== 'touch') this.#press(event, held);
      };
      element.addEventListener('pointerdown', press);
      return () => element.removeEventListener('pointerdown', press);
    };
  }

  #press(pressed: PointerEvent, guest: MovableGuest): void {
    const listening = new AbortController();
    const { signal } = listening;
    const putBack = () => {
      listening.abort();
      this.#lower();
    };
    const move = (event: PointerEvent) => {
      const distance = Math.hypot(event.clientX - pressed.clientX, event.clientY - pressed.clientY);
      if (!this.guest && distance < slack) return;
      if (!this.guest) this.#lift(guest);
      event.preventDefault();
      this.#follow(event.clientX, event.clientY);
    };
    const release = () => {
      const { guest: lifted, overHostId } = this;
      putBack();
      if (!lifted) return;
      swallowNextClick();
      if (overHostId !== undefined) void this.#moves.choose(lifted, overHostId);
    };
    const escape = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || !this.guest) return;
      event.preventDefault();
      event.stopPropagation();
      putBack();
      window.addEventListener('pointerup', swallowNextClick, { once: true, capture: true });
    };
    window.addEventListener('pointermove', move, { signal });
    window.addEventListener('pointerup', release, { signal });
    window.addEventListener('pointercancel', putBack, { signal });
    window.addEventListener('blur', putBack, { signal });
    window.addEventListener('keydown', escape, { signal, capture: true });
  }

  #lift(guest: MovableGuest): void {
    this.guest = guest;
    document.body.classList.add('dragging');
    getSelection()?.removeAllRanges();
    this.#moves.consider(guest);
  }

  #lower(): void {
    this.guest = undefined;
    this.overHostId = undefined;
    document.body.classList.remove('dragging');
  }

  #follow(x: number, y: number): void {
    this.x = x;
    this.y = y;
    this.overHostId = hostUnder(x, y);
    const { scroller } = this;
    if (!scroller) return;
    const { left, right } = scroller.getBoundingClientRect();
    if (x < left + edge) scroller.scrollBy({ left: -scrollStep });
    else if (x > right - edge) scroller.scrollBy({ left: scrollStep });
  }
}

export const [getGuestDrag, setGuestDrag] = createContext<GuestDrag>();
