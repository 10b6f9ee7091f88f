import { ViaductError } from '../common/errors.ts';
import { printable } from '../common/printable.ts';
import { rehearse } from '../rehearsal/rehearse.ts';
import type { RehearsalDirection, RehearsalSnapshot } from '../rehearsal/rehearsal-snapshot.ts';
import { screenRemedy } from './screen-remedies.ts';
import type { WizardRehearsal } from './wizard-snapshot.ts';
import type { WizardSetting } from './wizard-setting.ts';
import type { HostEntry } from './host-entry.ts';
import type { WizardState } from './wizard-state.ts';
import type { Work } from './work.ts';

const maxSentence = 1000;

/** Moves a throw-away guest there and back; how it ended is told by the rehearsal itself, which never throws. */
export async function rehearseBetween(
  state: WizardState,
  { hosts }: WizardSetting,
  source: HostEntry,
  destination: HostEntry,
  { signal, tell }: Work,
): Promise<void> {
  const of = { sourceHostId: source.hostId, destinationHostId: destination.hostId };
  const ids = new Map([source, destination].map(({ name, hostId }) => [name, hostId]));
  const show = (snapshot: RehearsalSnapshot): void => {
    tell(printable(snapshot.sentence, maxSentence));
    state.update({ rehearsal: shown(snapshot, of, ids) });
  };
  const running = rehearse(
    { source: hosts.host(source.hostId), destination: hosts.host(destination.hostId) },
    { changed: show },
    signal,
  );
  show(running.snapshot());
  show(await running.result);
}

function shown(
  { state, outcome, sentence, percent, directions, problem, leftovers }: RehearsalSnapshot,
  of: Pick<WizardRehearsal, 'sourceHostId' | 'destinationHostId'>,
  ids: ReadonlyMap<string, string>,
): WizardRehearsal {
  const side = { source: of.sourceHostId, destination: of.destinationHostId, client: undefined };
  return {
    ...of,
    state: state === 'ended' ? (outcome === 'refused' ? 'failed' : (outcome ?? 'failed')) : state,
    sentence: printable(sentence, maxSentence),
    percent,
    directions: directions.flatMap((direction) => shownDirection(direction, ids)),
    problem: problem && {
      code: problem.code,
      message: printable(problem.message, maxSentence),
      side: problem.side,
      remedy: printable(screenRemedy(problem.code, problem.remedy), maxSentence),
      evidence: undefined,
      hostId: side[problem.side],
    },
    leftovers: leftovers.map((sentence) => printable(sentence, maxSentence)),
  };
}

/** Those that came to their end. */
function shownDirection(
  { from, to, outcome, totalMs, downtimeMs, streams }: RehearsalDirection,
  ids: ReadonlyMap<string, string>,
): WizardRehearsal['directions'] {
  const [fromHostId, toHostId] = [ids.get(from), ids.get(to)];
  if (outcome !== 'migrated') return [];
  if (fromHostId === undefined || toHostId === undefined) {
    throw new ViaductError('internal', `The rehearsal names other hosts: ${from} and ${to}.`);
  }
  const open = streams.filter(({ encrypted }) => !encrypted).map(({ name }) => name);
  const encrypted = streams.map(({ name }) => name).join(', ');
  return [
    {
      fromHostId,
      toHostId,
      totalMs,
      downtimeMs: downtimeMs ?? undefined,
      encrypted: printable(
        open.length === 0 ? `Encrypted: ${encrypted}.` : `NOT encrypted: ${open.join(', ')}.`,
        maxSentence,
      ),
    },
  ];
}
