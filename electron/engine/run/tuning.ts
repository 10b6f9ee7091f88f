import type { MigrationPlan } from '../plan.ts';
import { isCopying, isEnd } from '../state/migration-state.ts';
import type { MigrationState } from '../state/migration-state.ts';

/** Whether something can be done now, and what it would do, or why not. */
export interface Possibility {
  possible: boolean;
  sentence: string;
}

/** What can be changed while a guest moves. */
export const tunables = ['bandwidth', 'maxDowntime', 'throttle', 'postCopy'] as const;
export type TuningChoices = Record<(typeof tunables)[number], Possibility>;

/** What can be changed in this state of the run. */
export function tuningIn(state: MigrationState, { options }: Pick<MigrationPlan, 'options'>): TuningChoices {
  const copying = !options.offline && isCopying(state) && state.stop === null;
  const switched = !isEnd(state) && state.course.switched;
  return {
    bandwidth: copying ? can('Takes effect at once.') : cannot(nothingMoves),
    maxDowntime: maxDowntime(copying, switched),
    throttle: cannot(
      options.autoConverge
        ? 'Auto-converge slows the guest down by itself, as far as it has to.'
        : 'Auto-converge has to be chosen before the guest starts to move.',
    ),
    postCopy: postCopy(copying, switched, options.postCopy),
  };
}

function maxDowntime(copying: boolean, switched: boolean): Possibility {
  if (switched) return cannot('The guest has had its pause: it was switched to post-copy.');
  return copying ? can('With a longer pause the copy ends sooner.') : cannot(nothingMoves);
}

function postCopy(copying: boolean, switched: boolean, allowed: boolean): Possibility {
  if (!allowed) return cannot('Post-copy has to be allowed before the guest starts to move.');
  if (switched) return cannot('It was switched to post-copy.');
  if (!copying) return cannot(nothingMoves);
  return can(
    'The guest goes on at the destination at once, and its memory follows. Until that is complete nothing can be cancelled, the guest stops if the network between the hosts breaks, and it is lost if the source itself dies.',
  );
}

const nothingMoves = 'Nothing is being copied now.';

function can(sentence: string): Possibility {
  return { possible: true, sentence };
}

function cannot(sentence: string): Possibility {
  return { possible: false, sentence };
}
