import type { Case, Diagnosis, HostWords, Situation } from './diagnosis.ts';
import type { Holding } from './holding.ts';
import { definitionInWords, holdsInWords, jobInWords, pastInWords, stateInWords } from './holding-words.ts';
import { inPostCopy, isPostCopy, notUnderstood } from './post-copy-cases.ts';
import { besideRunning } from './running-cases.ts';
import { stillOnBoth, stillOnOne } from './still-cases.ts';
import { partOf, verdict, type Part, type Verdict } from './verdict.ts';

/**
 * What a pair of states means, and what may safely be done about it. Pure, and the same whichever host is called the
 * source: only what both hosts say counts.
 *
 * What it offers never makes a guest run twice, never ends the only copy of it or of its definition, and is nothing at
 * all while a host cannot be asked. It takes for granted that the guest was moved between these two hosts and no others.
 */
export function diagnose(about: Case): Diagnosis {
  const source = partOf(about, 'source');
  const destination = partOf(about, 'destination');
  const found = judge(...inOrder(source, destination));
  return {
    ...found,
    hosts: { source: described(source), destination: described(destination) },
    journal: pastInWords(about.past),
    isHealthy: healthy.has(found.situation),
  };
}

/** What decides a pair comes first, so that each pair is judged once. */
const order: readonly Holding[] = [
  ...(['unreachable', 'unclear', 'remainder'] as const),
  ...(['serving', 'serving-failed', 'fetching', 'fetching-failed'] as const),
  ...(['runs', 'held', 'starting', 'paused', 'halted', 'crashed'] as const),
  ...(['off', 'absent'] as const),
];

/** Nothing has to be done, and nothing is under way. */
const healthy: ReadonlySet<Situation> = new Set(['runs on one host', 'runs, definition left', 'shut off']);

function inOrder(one: Part, other: Part): [Part, Part] {
  return order.indexOf(one.holding) <= order.indexOf(other.holding) ? [one, other] : [other, one];
}

function judge(here: Part, there: Part): Verdict {
  if (here.holding === 'unreachable') return unreachable(here, there);
  if (here.holding === 'unclear' || here.holding === 'remainder') return odd(here, there);
  if (isPostCopy(here)) return inPostCopy(here, there);
  if (here.holding === 'runs') return besideRunning(here, there);
  if (here.holding === 'off' || here.holding === 'absent') return notActive(here, there);
  const isAlone = there.holding === 'off' || there.holding === 'absent';
  return isAlone ? stillOnOne(here, there) : stillOnBoth(here, there);
}

function unreachable(here: Part, there: Part): Verdict {
  const { guest } = here;
  if (there.holding === 'unreachable') {
    return verdict(
      'host unreachable',
      `Neither ${here.name} nor ${there.name} could be asked about ${guest}.`,
      'Mend the way to both, and look again.',
    );
  }
  return verdict(
    'host unreachable',
    `${here.name} could not be asked about ${guest}, and may run it. ${there.name} ${holdsInWords(there)}.`,
    `Mend the way to ${here.name}, and look again. Until then resume or start nothing on ${there.name}, unless you know that ${here.name} is switched off.`,
  );
}

function odd(here: Part, there: Part): Verdict {
  if (here.holding === 'unclear') return notUnderstood(here, there);
  return verdict(
    'state not understood',
    `${here.name} has a remainder of ${here.guest} that neither runs nor is defined. ${there.name} ${holdsInWords(there)}.`,
    `The remainder goes when libvirt is restarted on ${here.name}, which harms no running guest; then look again.`,
  );
}

function notActive(here: Part, there: Part): Verdict {
  const { guest } = here;
  if (here.holding === 'absent') {
    return verdict(
      'runs on neither',
      `Neither ${here.name} nor ${there.name} knows ${guest}.`,
      'Look whether it is on a third host; otherwise define it again, from a backup of its definition.',
    );
  }
  if (there.holding === 'absent') {
    return verdict('shut off', `${guest} is shut off on ${here.name}; ${there.name} does not know it.`);
  }
  return verdict(
    'shut off on both',
    `${guest} is shut off, and both ${here.name} and ${there.name} have its definition.`,
    `Start it on one of them only. Where the disks are not shared, see which of them has the newer ones; then undefine the other by hand.`,
  );
}

function described(part: Part): HostWords {
  return {
    name: part.name,
    state: stateInWords(part.truth),
    holds: holdsInWords(part),
    definition: definitionInWords(part.truth),
    job: jobInWords(part),
  };
}
