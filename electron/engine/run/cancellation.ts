import { isEnd } from '../state/migration-state.ts';
import type { Course, MigrationState } from '../state/migration-state.ts';

/** What cancelling would do now. */
export interface Cancellation {
  possible: boolean;
  requested: boolean;
  sentence: string;
}

/** Cancelling is possible until Finish is called, or the switch to post-copy: from then on only the destination decides. */
export function cancellationIn(state: MigrationState): Cancellation {
  if (isEnd(state)) {
    return { possible: false, requested: state.kind === 'cancelled', sentence: 'It is over.' };
  }
  if (state.course.switched) return inPostCopy(state);
  switch (state.kind) {
    case 'planned':
    case 'begun':
    case 'prepared':
    case 'performed':
      return possible(state.course);
    case 'beginning':
    case 'preparing':
    case 'performing':
      return state.stop === null ? possible(state.course) : turningBack(state.stop.kind === 'cancel');
    case 'moving':
      if (state.course.offline) return handedOver;
      return state.stop === null ? possibleForDaemon : toldToDaemon;
    case 'finishing':
    case 'finished':
    case 'confirming':
      return {
        possible: false,
        requested: false,
        sentence: state.course.offline
          ? handedOver.sentence
          : 'Too late to cancel: the guest is being switched over to the destination.',
      };
    case 'looking':
    case 'settling':
      if (state.calls.finish === 'not made') return turningBack(state.reason.kind === 'cancel');
      if (state.reason.kind === 'cancel') return toldToDaemon;
      return {
        possible: false,
        requested: false,
        sentence: 'Too late to cancel: both hosts are being asked where the guest runs.',
      };
    case 'stopping-destination':
    case 'releasing-source':
      return turningBack(state.reason.kind === 'cancel');
  }
}

function inPostCopy({ kind }: MigrationState): Cancellation {
  const sentence =
    kind === 'looking' || kind === 'settling'
      ? 'Too late to cancel: both hosts are being asked where the guest runs.'
      : 'Too late to cancel: the guest goes on at the destination and needs both hosts until all of its memory is there.';
  return { possible: false, requested: false, sentence };
}

function possible({ offline }: Course): Cancellation {
  const stays = offline ? 'the guest stays on the source' : 'the guest goes on running on the source';
  return { possible: true, requested: false, sentence: `Stops the migration; ${stays}.` };
}

const handedOver: Cancellation = {
  possible: false,
  requested: false,
  sentence: 'Too late to cancel: the definition is being handed over to the destination.',
};

const possibleForDaemon: Cancellation = {
  possible: true,
  requested: false,
  sentence:
    'Tells the source’s daemon to stop; the guest stays there unless it is being switched over already.',
};

const toldToDaemon: Cancellation = {
  possible: false,
  requested: true,
  sentence: 'It is being cancelled; both hosts are asked where the guest is then.',
};

function turningBack(requested: boolean): Cancellation {
  return {
    possible: false,
    requested,
    sentence: requested
      ? 'It is being cancelled; the guest stays on the source.'
      : 'It failed and is being undone.',
  };
}
