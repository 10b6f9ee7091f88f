import type { HostName, Lab } from '../lab.ts';
import type { Mode, Moment, Side } from './moments.ts';
import type { Release } from './packet-gate.ts';

/** A migration at the moment of its fault. */
export interface Scene {
  lab: Lab;
  /** Of the guest, by name. */
  guest: string;
  hosts: Record<Side, HostName>;
  /** The process group of the application. */
  application: number;
}

export interface Struck {
  /** What becomes of the packet that is held; default: it goes on its way. */
  release?: Release;
  /** Takes the fault away. Absent where nothing stands in the way afterwards. */
  heal?: () => unknown;
}

export interface Fault {
  name: string;
  applies: (moment: Moment, mode: Mode) => boolean;
  strike: (scene: Scene) => Promise<Struck> | Struck;
  /** It can be over soon, or outlast the run. Absent for what happens once. */
  lasts?: readonly Lasting[];
}

/** `brief`: six seconds. */
export type Lasting = 'brief' | 'until the end';

export const bothLastings: readonly Lasting[] = ['brief', 'until the end'];

export function onEither(make: (side: Side) => Fault): Fault[] {
  return [make('source'), make('destination')];
}
