import type {
  Diagnosis,
  DoctorProblem,
  DoctorVisit,
  DoctorWork,
  OfferedAction,
} from '../../electron/ipc/views.ts';
import type { Problem } from '../state/problem.ts';
import { countdown } from './time.ts';

/** How much a situation asks of a person; `fine` only where the hosts have shown that all is well. */
export type Gravity = 'fine' | 'grave' | 'open';

const grave: ReadonlySet<Diagnosis['situation']> = new Set([
  'runs on both',
  'post-copy failed',
  'post-copy lost',
]);

export function gravityOf({ situation, isHealthy }: Pick<Diagnosis, 'situation' | 'isHealthy'>): Gravity {
  if (isHealthy) return 'fine';
  return grave.has(situation) ? 'grave' : 'open';
}

export interface ActionWords {
  /** The act, as it stands on a button. */
  label: string;
  /** Exactly what happens, and on which host. */
  effect: string;
  /** While it is under way. */
  doing: string;
  done: string;
}

type Taken = Pick<OfferedAction, 'action' | 'host'>;
type About = Pick<DoctorVisit, 'guest' | 'hosts'>;

export function actionWords({ action, host }: Taken, { guest, hosts }: About): ActionWords {
  const here = hosts[host].name;
  const there = hosts[host === 'source' ? 'destination' : 'source'].name;
  switch (action) {
    case 'resume':
      return {
        label: `Resume on ${here}`,
        effect: `${guest} goes on running on ${here}, from where it stopped. Nothing is done on ${there}.`,
        doing: `Resuming ${guest} on ${here}`,
        done: `${guest} was resumed on ${here}.`,
      };
    case 'destroy':
      return {
        label: `Destroy the copy on ${here}`,
        effect: `The copy of ${guest} on ${here} is ended at once, and what is in its memory is lost. ${guest} goes on running on ${there}. No disk and no definition is removed.`,
        doing: `Destroying the copy of ${guest} on ${here}`,
        done: `The copy of ${guest} on ${here} was destroyed.`,
      };
    case 'undefine':
      return {
        label: `Undefine on ${here}`,
        effect: `The definition of ${guest} is removed from ${here}; its disks and firmware variables stay. ${guest} goes on running on ${there}, with its definition.`,
        doing: `Undefining ${guest} on ${here}`,
        done: `${guest} was undefined on ${here}.`,
      };
    case 'recover-post-copy':
      return {
        label: `Recover from ${here} to ${there}`,
        effect: `The rest of the memory of ${guest} is sent from ${here} to ${there}, where it runs; then the copy on ${here} ends. If the way breaks again, both hosts are as they are now, and you can recover again.`,
        doing: `Sending the rest of the memory of ${guest} from ${here} to ${there}`,
        done: `${guest} has all of its memory on ${there}.`,
      };
  }
}

/** What is going on, and for how long once that is worth saying. */
export function workSentence(work: DoctorWork, visit: About, nowMs: number): string {
  const { source, destination } = visit.hosts;
  const what =
    work.kind === 'asking'
      ? `Asking ${source.name} and ${destination.name} about ${visit.guest}`
      : work.stopping
        ? 'Leaving off; both hosts are told'
        : actionWords(work, visit).doing;
  const elapsedMs = nowMs - work.sinceMs;
  return elapsedMs < 2000 ? `${what}.` : `${what}, for ${countdown(elapsedMs)}.`;
}

export function problemOfDoctor({ code, message, remedy, where }: DoctorProblem): Problem {
  const about = where === undefined ? code : `${code}, on ${where}`;
  return { sentence: message, remedy, about, original: `${about}: ${message}` };
}
