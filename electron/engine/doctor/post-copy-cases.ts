import { onBoth } from './running-cases.ts';
import { verdict, type Part, type Verdict } from './verdict.ts';

export function isPostCopy({ holding }: Part): boolean {
  return isServing(holding) || isFetching(holding);
}

/**
 * `here` is an end of a post-copy, and of the two that it is the one that the guest left if one of them is. From the switch on each
 * end has memory that the other lacks: what ends, resumes or restarts one of them loses the guest.
 */
export function inPostCopy(here: Part, there: Part): Verdict {
  if (!isServing(here.holding)) return besideFetching(here, there);
  const { guest } = here;
  switch (there.holding) {
    case 'fetching':
      return underWay(here, there);
    case 'fetching-failed':
      return failed(here, there);
    case 'held':
    case 'starting':
      return verdict(
        'post-copy under way',
        `${guest} is about to go on on ${there.name} in post-copy; ${here.name} holds the rest of its memory.`,
        'Look again in a moment; touch neither copy.',
      );
    case 'runs':
      return verdict(
        'runs, copy left',
        `${guest} runs on ${there.name} with all of its memory; ${here.name} still holds what it sent.`,
        `${here.name} ends its copy by itself. If that is still there in some minutes, destroy it there by hand; never resume it.`,
      );
    case 'off':
    case 'absent':
      return verdict(
        'post-copy lost',
        `${here.name} holds a part of the memory of ${guest}; the other part, which ran on ${there.name}, is gone.`,
        `It cannot go on: its disks are newer than the memory on ${here.name}. Destroy that copy by hand and start ${guest} anew, as after a power cut.`,
      );
    default:
      return notUnderstood(here, there);
  }
}

function underWay(here: Part, there: Part): Verdict {
  const { guest } = here;
  const doubt =
    here.holding === 'serving-failed' ? `; ${here.name} calls it failed, ${there.name} does not` : '';
  return verdict(
    'post-copy under way',
    `${guest} runs on ${there.name} while the rest of its memory follows from ${here.name}${doubt}.`,
    'Wait until it has followed, and look again; touch neither copy.',
  );
}

function failed(here: Part, there: Part): Verdict {
  const { guest } = here;
  const summary = `The way for the memory of ${guest} broke in post-copy: it ran on ${there.name}, which has a part of its memory; the rest is on ${here.name} alone.`;
  const keep = `Do not resume, destroy or restart it on either host: only both together hold it.`;
  if (here.holding === 'serving') {
    return verdict(
      'post-copy failed',
      `${summary} ${here.name} has not noticed yet.`,
      `${keep} Look again in a minute; if ${here.name} still has not noticed, tell it with virsh domjobabort --postcopy.`,
    );
  }
  return verdict(
    'post-copy failed',
    summary,
    `${keep} Mend the network between them, then recover; that can be repeated as often as it breaks.`,
    [
      {
        action: 'recover-post-copy',
        host: here.end,
        why: `Both hosts still have their part: the same migration goes on from ${here.name} (libvirt 8.5 or newer on both), and where it breaks again both are as they are now.`,
      },
    ],
  );
}

function besideFetching(here: Part, there: Part): Verdict {
  const { guest } = here;
  if (there.holding === 'runs' || isFetching(there.holding)) return onBoth(here, there);
  if (here.holding === 'fetching-failed' && (there.holding === 'absent' || there.holding === 'off')) {
    return verdict(
      'post-copy lost',
      `${guest} runs on ${here.name} until it needs memory that it has not got; ${there.name}, which should have the rest, has no copy of it.`,
      `If it came from ${there.name}, the rest is lost: destroy it on ${here.name} by hand and start it anew, as after a power cut. If it came from elsewhere, ask about that host.`,
    );
  }
  return notUnderstood(here, there);
}

export function notUnderstood({ guest, name }: Part, there: Part): Verdict {
  return verdict(
    'state not understood',
    `What ${name} and ${there.name} say of ${guest} does not fit together.`,
    `Look at it on both hosts (virsh domstate --reason, virsh domjobinfo) and in its logs below /var/log/libvirt/qemu before you touch it. Resume nothing as long as the other host may run it.`,
  );
}

function isServing(holding: Part['holding']): boolean {
  return holding === 'serving' || holding === 'serving-failed';
}

function isFetching(holding: Part['holding']): boolean {
  return holding === 'fetching' || holding === 'fetching-failed';
}
