import { shutoffReasons } from '../../libvirt/index.ts';
import { isPersistent, shutoffReason, verdict, type Part, type Verdict } from './verdict.ts';

/** The guest runs on `here` with all of its memory. */
export function besideRunning(here: Part, there: Part): Verdict {
  const { guest } = here;
  switch (there.holding) {
    case 'runs':
      return onBoth(here, there);
    case 'held':
    case 'starting':
      return besideHeld(here, there);
    case 'off':
      return besideDefinition(here, there);
    case 'absent':
      return verdict('runs on one host', `${guest} runs on ${here.name}; ${there.name} does not know it.`);
    default:
      return verdict(
        'runs, another copy stands still',
        `${guest} runs on ${here.name}. Another copy of it stands still on ${there.name}, and it was not a migration that stopped it.`,
        `Never resume the copy on ${there.name}: the disks have been written from ${here.name} since. Find out who put it there; destroy it by hand once nobody wants what is in its memory.`,
      );
  }
}

/** Also of a guest that one of the two hosts runs with a part of its memory alone. */
export function onBoth({ guest, name }: Part, there: Part): Verdict {
  return verdict(
    'runs on both',
    `${guest} runs on both ${name} and ${there.name}; both may be writing to the same disks.`,
    `Decide which of the two is right (its log below /var/log/libvirt/qemu tells since when it runs) and destroy the other at once. Nothing is resumed or ended for you: what the wrong one wrote is lost with it.`,
  );
}

/**
 * A copy that a migration paused is of no use beside the guest that runs: it has not arrived, or has been left. While the
 * migration is under way both are as they should be.
 */
function besideHeld(here: Part, there: Part): Verdict {
  const { guest } = here;
  const isSettled = here.job === 'none' && (there.job === 'none' || there.job === 'incoming');
  if (!isSettled) {
    return verdict(
      'migration under way',
      `${guest} runs on ${here.name}, with a copy on ${there.name} that is paused for a migration; one of the daemons is still at work on it, or may be.`,
      'Wait until that has ended, and look again.',
    );
  }
  const what =
    there.job === 'incoming' || there.holding === 'starting'
      ? 'has never run'
      : 'was paused by a migration, and the disks have been written elsewhere since';
  return verdict(
    'runs, copy left',
    `${guest} runs on ${here.name}. A migration that has ended left a paused copy of it on ${there.name}.`,
    `Never resume the copy on ${there.name}; destroy it.`,
    [
      {
        action: 'destroy',
        host: there.end,
        why: `${guest} runs on ${here.name} with all of its memory, and nothing is under way there; the copy on ${there.name} ${what}.`,
      },
    ],
  );
}

function besideDefinition(here: Part, there: Part): Verdict {
  const { guest } = here;
  const summary = `${guest} runs on ${here.name}. ${there.name} has its definition only.`;
  const situation = 'runs, definition left';
  if (shutoffReason(there) === shutoffReasons.saved) {
    const advice = `Do not start it on ${there.name}: its memory is saved there, and older than the guest that runs.`;
    return verdict(situation, summary, advice);
  }
  if (!isPersistent(here)) {
    const advice = `Keep it: ${here.name} has no definition of ${guest}, which is gone from there once it stops.`;
    return verdict(situation, summary, advice);
  }
  if (here.job !== 'none')
    return verdict(situation, summary, `${here.name} is at work on it; look again later.`);
  return verdict(
    situation,
    summary,
    `Somebody could start it on ${there.name} as well. Undefine it there, unless you want it kept.`,
    [
      {
        action: 'undefine',
        host: there.end,
        why: `${guest} runs on ${here.name} and is defined there as well; its disks and firmware variables stay where they are.`,
      },
    ],
  );
}
