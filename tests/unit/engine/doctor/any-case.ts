import type { Case, Job, Past, Seen } from '../../../../electron/engine/doctor/diagnosis.ts';
import type { HostTruth } from '../../../../electron/engine/state/truth.ts';

/** The highest reason of each state that libvirt 11 knows (libvirt-domain.h), and one that it does not. */
const reasonsOf: Readonly<Record<number, number>> = {
  0: 1,
  1: 12,
  2: 1,
  3: 15,
  4: 2,
  5: 9,
  6: 2,
  7: 1,
  8: 0,
};

export const present = (state: number, reason: number, persistent = true): HostTruth => ({
  kind: 'present',
  state,
  reason,
  persistent,
});

/** Everything that a host can say of a guest. */
export const allTruths: readonly HostTruth[] = [
  { kind: 'unreachable', message: 'No route to host.' },
  { kind: 'absent' },
  ...Object.entries(reasonsOf).flatMap(([state, last]) =>
    Array.from({ length: last + 1 }, (_, reason) => reason).flatMap((reason) =>
      [true, false].map((persistent) => present(Number(state), reason, persistent)),
    ),
  ),
];

const jobs: readonly Job[] = ['none', 'active', 'incoming', 'unknown'];

const isActive = (truth: HostTruth): boolean => truth.kind === 'present' && truth.state !== 5;

/** With every job where it can have one. */
export const allSights: readonly Seen[] = allTruths.flatMap((truth): Seen[] =>
  isActive(truth) ? jobs.map((job) => ({ truth, job })) : [{ truth, job: 'none' }],
);

export const allPasts: readonly (Past | undefined)[] = [
  undefined,
  ...[true, false].flatMap((finishMade) =>
    [true, false].flatMap((hasRun) =>
      [true, false].map((keepsDefinition) => ({ finishMade, hasRun, keepsDefinition })),
    ),
  ),
];

export const caseOf = (source: Seen, destination: Seen, past?: Past): Case => ({
  guest: 'web01',
  names: { source: 'alpha.lab', destination: 'beta.lab' },
  seen: { source, destination },
  past,
});

/** What a daemon does with its copy when it is told. */
export function after(truth: HostTruth, action: 'resume' | 'destroy' | 'undefine'): HostTruth {
  if (truth.kind !== 'present') throw new Error(`There is nothing to ${action}.`);
  switch (action) {
    case 'resume':
      return { ...truth, state: 1, reason: 5 };
    case 'destroy':
      return truth.persistent ? { ...truth, state: 5, reason: 2 } : { kind: 'absent' };
    case 'undefine':
      return truth.state === 5 ? { kind: 'absent' } : { ...truth, persistent: false };
  }
}
