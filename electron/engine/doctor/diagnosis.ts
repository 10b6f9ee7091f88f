import type { HostTruth } from '../state/truth.ts';

/** The two hosts as the admin named them; the diagnosis itself does not believe that the guest went from one to the other. */
export type End = 'source' | 'destination';

/** `incoming`: the guest is to arrive on that host. `unknown`: the daemon did not say. */
export type Job = 'none' | 'active' | 'incoming' | 'unknown';

/** What one host said. */
export interface Seen {
  truth: HostTruth;
  /** The long operation that the daemon has under way on its copy; `none` where it has no copy that is active. */
  job: Job;
}

/** What the journal of an unfinished migration of the guest adds to what both hosts say. */
export interface Past {
  /** Finish, which alone starts the guest on the destination, was made or may have been. */
  finishMade: boolean;
  /** The destination told that it did. */
  hasRun: boolean;
  /** Where the guest arrived it has a definition, which is still there when it has ended. */
  keepsDefinition: boolean;
}

export interface Case {
  guest: string;
  names: Record<End, string>;
  seen: Record<End, Seen>;
  /** Absent where nothing is written down of a migration that has not ended. */
  past?: Past | undefined;
}

export type Situation =
  | 'runs on one host'
  | 'runs, definition left'
  | 'runs, copy left'
  | 'runs, another copy stands still'
  | 'runs on both'
  | 'migration under way'
  | 'starting'
  | 'held by a migration'
  | 'stands still on one host'
  | 'stands still on both'
  | 'post-copy under way'
  | 'post-copy failed'
  | 'post-copy lost'
  | 'shut off'
  | 'shut off on both'
  | 'runs on neither'
  | 'host unreachable'
  | 'state not understood';

export const actionKinds = ['resume', 'destroy', 'undefine', 'recover-post-copy'] as const;
/** `recover-post-copy` is taken on the host that the guest left, and goes on with the same migration. */
export type ActionKind = (typeof actionKinds)[number];

export interface OfferedAction {
  action: ActionKind;
  host: End;
  /** Why it is safe. */
  why: string;
}

/** What one host said, in words. */
export interface HostWords {
  name: string;
  /** With libvirt's reason. */
  state: string;
  /** What the host has of the guest's memory, and whether the disks are written from there: to follow its name. */
  holds: string;
  definition: string;
  /** What its daemon is at. */
  job: string;
}

export interface Diagnosis {
  situation: Situation;
  /** Who holds what, in a sentence or two that name both hosts. */
  summary: string;
  hosts: Record<End, HostWords>;
  /** What an unfinished migration of it that Viaduct wrote down adds to that; empty where there is none. */
  journal: string;
  /** Each of them is safe by itself; after one of them both hosts have to be looked at again. */
  actions: OfferedAction[];
  /** What a person does next; empty where nothing is to be done. */
  advice: string;
  isHealthy: boolean;
}
