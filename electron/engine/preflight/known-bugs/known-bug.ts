import type { PlanOptions } from '../../plan.ts';
import type { DaemonFacts } from '../facts/daemon.ts';
import type { GuestFacts } from '../facts/guest.ts';

/** What a bug may depend on. */
export interface MovePlan {
  source: Pick<DaemonFacts, 'libvirt' | 'qemu'>;
  destination: Pick<DaemonFacts, 'libvirt' | 'qemu'>;
  guest: GuestFacts;
  options: PlanOptions;
}

/** A bug of libvirt or QEMU that a move between two hosts of certain versions can run into. */
export interface KnownBug {
  /** What happens, in a sentence. */
  what: string;
  remedy: string;
  /** Where it is told, as `libvirt NEWS 10.3.0`. */
  source: string;
  applies: (plan: MovePlan) => boolean;
}
