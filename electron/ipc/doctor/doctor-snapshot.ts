import type { Diagnosis, End, OfferedAction } from '../../engine/doctor/diagnosis.ts';

/** What the doctor has in hand: one guest at a time, the same in every window. */
export interface DoctorSnapshot {
  generation: number;
  visit: DoctorVisit | undefined;
}

export interface DoctorVisit {
  /** Another one for each look that was asked for. */
  visitId: string;
  /** By its name as soon as that is known. */
  guest: string;
  /** `undefined` until it is known which guest is meant. */
  uuid: string | undefined;
  hosts: Record<End, { hostId: string; name: string }>;
  /** What runs now. */
  work: DoctorWork | undefined;
  /** Of the last look; none where that could not be made. */
  seen: { diagnosis: Diagnosis; atMs: number } | undefined;
  /** What was done since the guest and the hosts were named. */
  done: Pick<OfferedAction, 'action' | 'host'> | undefined;
  /** Why the last thing that was asked for did not come about. */
  problem: DoctorProblem | undefined;
}

/** `sinceMs` is wall clock. */
export type DoctorWork =
  | { kind: 'asking'; sinceMs: number }
  | (Pick<OfferedAction, 'action' | 'host'> & { kind: 'acting'; sinceMs: number; stopping: boolean });

export interface DoctorProblem {
  code: string;
  message: string;
  remedy: string;
  /** The host, or `this computer`; `undefined` where it is not known. */
  where: string | undefined;
}
