import { createDraggable, createDroppable, PointerSensor, type DragDropEventHandlers } from '@dnd-kit/svelte';
import { createContext } from 'svelte';
import type { MovableGuest, MovesController } from '../state/moves.svelte.ts';
import { DraggedGuest } from './dragged-guest.ts';

/*
 * The only module that knows the drag-and-drop library. Its own feedback and cursor plugins write style elements,
 * which the page's policy refuses; the lifted card is drawn by DragArea.svelte instead.
 */

/** Whether a press on this element belongs to the element and starts no drag. */
const ownsPresses = '[data-no-drag]';

export const sensors = [
  PointerSensor.configure({
    preventActivation: ({ target }) => target instanceof Element && target.closest(ownsPresses) !== null,
  }),
];

/** Distance from the board's edge in pixels within which dragging scrolls it. */
const edge = 56;
const scrollStep = 18;

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

  readonly handlers: Required<
    Pick<DragDropEventHandlers, 'onDragStart' | 'onDragMove' | 'onDragOver' | 'onDragEnd'>
  > = {
    onDragStart: ({ operation }) => {
      const dragged: unknown = operation.source?.data['dragged'];
      if (!(dragged instanceof DraggedGuest)) return;
      this.guest = dragged.guest;
      this.#follow(operation.position.current);
      document.body.classList.add('dragging');
      this.#moves.consider(dragged.guest);
    },
    onDragMove: ({ to, operation }) => this.#follow(to ?? operation.position.current),
    onDragOver: ({ operation }) => {
      this.overHostId = hostIdOf(operation.target?.data);
    },
    onDragEnd: ({ operation, canceled }) => {
      const { guest } = this;
      const hostId = hostIdOf(operation.target?.data);
      this.guest = undefined;
      this.overHostId = undefined;
      document.body.classList.remove('dragging');
      if (!canceled && guest && hostId !== undefined) void this.#moves.choose(guest, hostId);
    },
  };

  #follow({ x, y }: { x: number; y: number }): void {
    this.x = x;
    this.y = y;
    const { scroller } = this;
    if (!scroller) return;
    const { left, right } = scroller.getBoundingClientRect();
    if (x < left + edge) scroller.scrollBy({ left: -scrollStep });
    else if (x > right - edge) scroller.scrollBy({ left: scrollStep });
  }
}

function hostIdOf(data: Record<string, unknown> | undefined): string | undefined {
  const hostId = data?.['hostId'];
  return typeof hostId === 'string' ? hostId : undefined;
}

/** Makes an element the handle of a guest that can be dragged; call it while the component is set up. */
export function guestHandle(guest: () => MovableGuest, disabled: () => boolean) {
  return createDraggable({
    get id() {
      return `${guest().hostId}/${guest().uuid}`;
    },
    get disabled() {
      return disabled();
    },
    get data() {
      return { dragged: new DraggedGuest(guest()) };
    },
  });
}

/** Makes an element the place where guests are dropped onto a host; call it while the component is set up. */
export function hostTarget(hostId: () => string) {
  return createDroppable({
    get id() {
      return hostId();
    },
    get data() {
      return { hostId: hostId() };
    },
  });
}

export const [getGuestDrag, setGuestDrag] = createContext<GuestDrag>();
