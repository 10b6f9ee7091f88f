import { diagnose } from '../../../electron/engine/doctor/diagnose.ts';
import type { End, Job, Past, Seen } from '../../../electron/engine/doctor/diagnosis.ts';
import type { HostTruth } from '../../../electron/engine/state/truth.ts';
import type { DoctorVisit, DoctorWork } from '../../../electron/ipc/views.ts';

/* Visits of the doctor to web01 on alpha and beta; every word of a situation is the engine's own. */

const names: Record<End, string> = { source: 'alpha.lab', destination: 'beta.lab' };

export const present = (state: number, reason: number, job: Job = 'none', persistent = true): Seen => ({
  truth: { kind: 'present', state, reason, persistent },
  job,
});
const other = (truth: HostTruth, job: Job): Seen => ({ truth, job });

export const running = present(1, 1);
export const held = present(3, 2);
export const off = present(5, 4);
export const absent = other({ kind: 'absent' }, 'none');
export const silent = other(
  { kind: 'unreachable', message: 'beta.lab did not answer within 10 s (10.0.0.7, port 22).' },
  'unknown',
);
export const serving = present(3, 13);
export const fetching = present(1, 11);

const blank: DoctorVisit = {
  visitId: '7c1e2a52-6f0e-4a44-9d5e-0f3a5a1f7c11',
  guest: 'web01',
  uuid: 'uuid-web01',
  hosts: {
    source: { hostId: 'alpha', name: names.source },
    destination: { hostId: 'beta', name: names.destination },
  },
  work: undefined,
  seen: undefined,
  done: undefined,
  problem: undefined,
};

/** Both hosts were asked and have answered. */
export function seen(
  source: Seen,
  destination: Seen,
  over: Partial<DoctorVisit> = {},
  past?: Past,
): DoctorVisit {
  const diagnosis = diagnose({ guest: 'web01', names, seen: { source, destination }, past });
  return { ...blank, seen: { diagnosis, atMs: Date.now() }, ...over };
}

export const asking = (sinceMs = Date.now()): DoctorVisit => ({
  ...blank,
  work: { kind: 'asking', sinceMs },
});

export const notFound: DoctorVisit = {
  ...blank,
  guest: 'web99',
  uuid: undefined,
  problem: {
    code: 'guest-not-found',
    message: 'Neither alpha.lab nor beta.lab has a guest "web99".',
    remedy: 'Check the name among the guests of the hosts, or name it by its UUID.',
    where: 'this computer',
  },
};

/** What a refused Prepare of the recovery is told as. */
export const brokeAgain: DoctorVisit['problem'] = {
  code: 'libvirt.38',
  message: 'unable to connect to server at beta.lab:49152: No route to host',
  remedy: 'Both hosts were asked again: go by what they say now.',
  where: 'alpha.lab',
};

export const recovering = (sinceMs = Date.now()): DoctorWork => ({
  kind: 'acting',
  action: 'recover-post-copy',
  host: 'source',
  sinceMs,
  stopping: false,
});
