import { shutoffReasons } from '../../libvirt/index.ts';
import { mayHaveRunSinceFinish } from '../recover/may-have-run.ts';
import { destinationHolding } from '../state/truth.ts';
import { isPersistent, shutoffReason, verdict, type Part, type Verdict } from './verdict.ts';

/** Both hosts have a copy that does not run: nothing in that tells which one is the guest. */
export function stillOnBoth(here: Part, there: Part): Verdict {
  const { guest } = here;
  const arriving = [here, there].filter(({ job }) => job === 'incoming');
  const hint =
    arriving.length === 1
      ? ` On ${arriving[0]?.name ?? ''} it has not arrived: the other is the guest, unless it is being started there now.`
      : '';
  return verdict(
    'stands still on both',
    `${guest} stands still on both ${here.name} and ${there.name}; it is not certain which of the two is the guest.${hint}`,
    `Resume neither before the other is gone. Look whether something still moves it (virsh domjobinfo on both hosts) and wait for that; then see in its logs below /var/log/libvirt/qemu where it ran last. That one is the guest: destroy the other, and resume it.`,
  );
}

/** One host has a copy that does not run, the other its definition or nothing. */
export function stillOnOne(here: Part, there: Part): Verdict {
  const { guest } = here;
  const elsewhere = there.holding === 'off' ? 'has its definition only' : 'does not know it';
  switch (here.holding) {
    case 'held':
      return held(here, there, elsewhere);
    case 'starting':
      return verdict(
        'starting',
        `${here.name} is just making the machine of ${guest}; ${there.name} ${elsewhere}.`,
        'Look again in a moment.',
      );
    case 'paused':
      return paused(here, there, elsewhere);
    case 'crashed':
      return verdict(
        'stands still on one host',
        `${guest} crashed on ${here.name}, which keeps it as it fell; ${there.name} ${elsewhere}.`,
        `It is the only copy. Save what you need of it (virsh dump), then destroy it and start it anew.`,
      );
    default:
      return verdict(
        'stands still on one host',
        `${guest} stands still on ${here.name}, halted neither by a person nor by a migration; ${there.name} ${elsewhere}.`,
        `It is the only copy. Mend what halted it, as a disk that failed or is full, then resume it with virsh.`,
      );
  }
}

function held(here: Part, there: Part, elsewhere: string): Verdict {
  const { guest } = here;
  const situation = 'held by a migration';
  const summary = `${guest} is paused on ${here.name} for a migration; ${there.name} ${elsewhere}.`;
  if (here.job === 'incoming') {
    return verdict(
      situation,
      `${here.name} waits for ${guest} to arrive, and not from ${there.name}, which ${elsewhere}.`,
      'Ask about the host that it comes from.',
    );
  }
  if (here.job !== 'none') {
    return verdict('migration under way', summary, 'Wait until the daemon has ended that, and look again.');
  }
  if (mayHaveRunOn(there, here)) {
    return verdict(
      situation,
      `${summary} It may have run on ${there.name} and ended there.`,
      `Do not resume it before you know: its log below /var/log/libvirt/qemu on ${there.name} tells how it ended there. If it never ran there, resume it with virsh; if it did, its disks are newer than its memory on ${here.name}: destroy that, and start it anew.`,
    );
  }
  return verdict(
    situation,
    summary,
    `Resume it on ${here.name}, provided that ${there.name} is where it was going.`,
    [
      {
        action: 'resume',
        host: here.end,
        why: `${there.name} ${elsewhere}, and shows no trace of it having run there; the migration that paused it on ${here.name} is over.`,
      },
    ],
  );
}

/**
 * Whether the guest may have arrived, run and ended where nothing of it runs now. Without a journal it has to be taken
 * that Finish was made. A guest with a definition takes it along, so one that knows nothing of it never ran it.
 */
function mayHaveRunOn(there: Part, here: Part): boolean {
  const { finishMade = true, hasRun = false, keepsDefinition = isPersistent(here) } = here.past ?? {};
  const sights = { source: here.truth, destination: there.truth };
  const destinationHasRun = hasRun || (finishMade && mayHaveRunSinceFinish(sights, keepsDefinition));
  return destinationHolding({ ...sights, destinationHasRun }) !== 'nothing';
}

/** Not a migration's doing, so the question is only whether somebody has started it elsewhere meanwhile. */
function paused(here: Part, there: Part, elsewhere: string): Verdict {
  const { guest } = here;
  const situation = 'stands still on one host';
  const summary = `${guest} is paused on ${here.name}, by a person; ${there.name} ${elsewhere}.`;
  const reason = shutoffReason(there);
  const neverRan =
    reason === undefined || reason === shutoffReasons.failed || reason === shutoffReasons.migrated;
  if (here.job !== 'none')
    return verdict(situation, summary, `${here.name} is at work on it; look again later.`);
  if (!neverRan) {
    return verdict(
      situation,
      `${summary} It may have run on ${there.name} meanwhile.`,
      `See in its log below /var/log/libvirt/qemu on ${there.name} whether it ran there since; if not, resume it on ${here.name} with virsh.`,
    );
  }
  return verdict(situation, summary, `Resume it once whoever paused it agrees.`, [
    {
      action: 'resume',
      host: here.end,
      why: `It is whole on ${here.name}, no migration took it away, and it has not run on ${there.name} since.`,
    },
  ]);
}
