import { BadInputError, messageOf } from '../common/errors.ts';
import { printable } from '../common/printable.ts';
import type { SetupPlan } from '../setup/plan/setup-plan.ts';
import type { SetupOutcome, SetupProgress } from '../setup/transaction/transaction.ts';
import { unfinishedWords } from './host-facts.ts';
import { screenRemedy } from './screen-remedies.ts';
import type { SeenHost } from './seen-host.ts';
import { problemOf } from './wizard-problem.ts';
import type { WizardFields } from './wizard-fields.ts';
import type { WizardChanges, WizardNote } from './wizard-snapshot.ts';
import type { HostEntry } from './host-entry.ts';
import type { WizardState } from './wizard-state.ts';
import type { Work } from './work.ts';
import { counted } from './words.ts';

const maxText = 64 * 1024;
const maxSentence = 1000;

/** What the plans depend on beside the hosts. */
type Wished = Pick<WizardFields, 'wishes' | 'allowed'>;

/**
 * Plans the changes of every host that was seen, by the wishes as they are now; asks nothing. What was cut off since it
 * was seen stays as it is told until the host is looked at again.
 */
export function planAll(state: WizardState): void {
  for (const { hostId, seen, changes } of state.hosts) {
    if (seen === undefined || (changes?.state === 'unfinished' && !seen.unfinished)) continue;
    const planned = plannedChanges(hostId, seen, state.fields);
    const isMade = changes?.state === 'applied' && planned.state === 'there-already';
    state.updateHost(hostId, {
      changes: isMade ? { ...planned, state: 'applied', sentence: changes.sentence } : planned,
    });
  }
}

function planOf({ setup, inspection, peers }: SeenHost, { wishes, allowed }: Wished): SetupPlan {
  const { listener, firewall, forceTls } = wishes;
  const allowedClients = allowed && 'clients' in allowed ? allowed.clients : undefined;
  const wanted = { listener, firewall, forceTls, peers, separateDirectories: [], allowedClients };
  return setup.plan(inspection, wanted);
}

function plannedChanges(hostId: string, seen: SeenHost, wished: Wished): WizardChanges {
  const base = {
    hostId,
    changes: [],
    obstacles: [],
    warnings: [],
    afterwards: [],
    undoable: seen.undoable !== undefined,
    progress: undefined,
  };
  const { host } = seen.inspection.facts;
  if (seen.unfinished) {
    return { ...base, state: 'unfinished', sentence: unfinishedWords(host, seen.unfinished) };
  }
  let plan: SetupPlan;
  try {
    plan = planOf(seen, wished);
  } catch (error) {
    const { message, remedy } = problemOf(error);
    return {
      ...base,
      state: 'needed',
      sentence: 'Something is in the way.',
      obstacles: [{ message, remedy }],
    };
  }
  const { changes, warnings, afterwards } = plan;
  const { allowed } = wished;
  const unknown = allowed && 'obstacle' in allowed ? [allowed.obstacle] : [];
  const obstacles = [...unknown, ...plan.obstacles.map(shownNote)];
  const isThere = changes.length === 0 && obstacles.length === 0;
  return {
    ...base,
    state: isThere ? 'there-already' : 'needed',
    sentence: isThere
      ? 'Nothing has to change.'
      : obstacles.length > 0
        ? 'Something is in the way.'
        : `${counted(changes.length, 'change')}.`,
    changes: changes.map(({ title, why, needs, diff, commands }) => ({
      title: printable(title, maxSentence),
      why: printable(why, maxSentence),
      needs: printable(needs, maxSentence),
      diff: printable(diff, maxText),
      commands: commands.map((command) => printable(command, maxSentence)),
    })),
    obstacles,
    warnings: warnings.map(shownNote),
    afterwards: afterwards.map((sentence) => printable(sentence, maxSentence)),
  };
}

function shownNote({ code, message, remedy }: SetupPlan['obstacles'][number]): WizardNote {
  return {
    message: printable(message, maxSentence),
    remedy: remedy === undefined ? undefined : printable(screenRemedy(code, remedy), maxSentence),
  };
}

/** What a host's setup came to, for whoever looks at it afterwards. */
export interface ChangeOutcome {
  hostId: string;
  state: WizardChanges['state'];
  sentence: string;
}

/**
 * Makes the changes, or brings what was cut off to its end, one host after the other; ends with the first that does
 * not come to its end.
 *
 * @throws BadInputError `changes-obstacle`, before anything is touched.
 */
export async function applyAll(state: WizardState, work: Work): Promise<ChangeOutcome[]> {
  const toDo = state.hosts.filter(({ changes }) => changes !== undefined && !isAsWished(changes));
  for (const { name, changes } of toDo) {
    const [obstacle] = changes?.obstacles ?? [];
    if (obstacle === undefined) continue;
    throw new BadInputError('changes-obstacle', `${name}: ${obstacle.message}`, {
      remedy: obstacle.remedy ?? 'See to that first, then look again.',
    });
  }
  const outcomes: ChangeOutcome[] = [];
  for (const entry of toDo) {
    work.signal.throwIfAborted();
    work.tell(`Changing ${entry.name}`);
    const outcome = await changeOne(state, entry, work, async (seen, options) =>
      (await seen.setup.unfinished())
        ? seen.setup.resume(options)
        : seen.setup.apply(planOf(seen, state.fields), options),
    );
    outcomes.push(outcome);
    if (outcome.state !== 'applied') break;
  }
  return outcomes;
}

/** Takes back the newest setup of a host, finished or not. */
export function undoOne(state: WizardState, entry: HostEntry, work: Work): Promise<ChangeOutcome> {
  work.tell(`Taking back the changes of ${entry.name}`);
  return changeOne(state, entry, work, ({ setup }, options) => setup.undo(options));
}

export function isAsWished({ state }: WizardChanges): boolean {
  return state === 'there-already' || state === 'applied';
}

type Change = (
  seen: SeenHost,
  options: Parameters<SeenHost['setup']['apply']>[1],
) => Promise<SetupOutcome | undefined>;

async function changeOne(
  state: WizardState,
  { hostId, name, seen }: HostEntry,
  { prompts, signal }: Work,
  change: Change,
): Promise<ChangeOutcome> {
  if (seen === undefined) throw new BadInputError('wizard-not-looked', `${name} has not been looked at.`);
  const show = (told: Partial<WizardChanges>): void => {
    const { changes } = state.host(hostId);
    if (changes) state.updateHost(hostId, { changes: { ...changes, ...told } });
  };
  const progress = ({ title, direction, number, total }: SetupProgress): void =>
    show({ progress: { title: printable(title, maxSentence), direction, number, total } });
  show({ state: 'working', sentence: '', progress: undefined });
  try {
    const outcome = outcomeWords(name, await change(seen, { prompts, signal, progress }));
    show({ ...outcome, progress: undefined });
    return { hostId, ...outcome };
  } catch (error) {
    const problem = problemOf(error, hostId);
    const isOpen = problem.code === 'setup-interrupted' || problem.code === 'setup-stuck';
    const failed = { state: isOpen ? 'unfinished' : 'failed', sentence: problem.message } as const;
    show({ ...failed, undoable: true, progress: undefined });
    if (!signal.aborted || isOpen) state.setProblem('changes', problem);
    return { hostId, ...failed };
  }
}

function outcomeWords(
  host: string,
  outcome: SetupOutcome | undefined,
): Pick<WizardChanges, 'state' | 'sentence'> {
  if (outcome === undefined || outcome.outcome === 'applied') {
    return { state: 'applied', sentence: `${host} is set up, and its daemon answers.` };
  }
  const { why, error } = outcome;
  const asBefore = `${host} is as it was before.`;
  switch (why) {
    case 'asked':
      return { state: 'needed', sentence: asBefore };
    case 'cancelled':
      return { state: 'rolled-back', sentence: `Cancelled; ${asBefore}` };
    case 'failed':
      return {
        state: 'rolled-back',
        sentence: printable(`It failed, and ${asBefore} ${messageOf(error ?? '')}`, maxSentence).trim(),
      };
  }
}
