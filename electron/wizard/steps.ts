import { wantedNames } from './shown-names.ts';
import {
  wizardSteps,
  type WizardCell,
  type WizardProblem,
  type WizardStep,
  type WizardStepState,
} from './wizard-snapshot.ts';
import type { HostEntry } from './host-entry.ts';
import type { WizardFields } from './wizard-fields.ts';
import { counted, listed } from './words.ts';

/** What the steps are told from. */
export interface StepSource {
  fields: Readonly<WizardFields>;
  hosts: readonly HostEntry[];
  problems: ReadonlyMap<WizardStep, WizardProblem>;
}

type Standing = Pick<WizardStepState, 'state' | 'sentence'> & { problem?: WizardProblem | undefined };

const describers: Readonly<Record<WizardStep, (source: StepSource) => Standing>> = {
  hosts: hostsStep,
  authority: authorityStep,
  names: namesStep,
  certificates: certificatesStep,
  changes: changesStep,
  proof: proofStep,
  done: (source) => ({ state: isSettled(proofStep(source)) ? 'done' : 'open', sentence: '' }),
};

/** Where each step stands. Pure: the same is known, the same is told. */
export function describeSteps(source: StepSource): WizardStepState[] {
  let isTurn = true;
  return wizardSteps.map((step) => {
    const standing = describers[step](source);
    const problem = source.problems.get(step) ?? standing.problem;
    const open = problem === undefined || standing.state === 'working' ? standing.state : 'failed';
    // What lies behind a step that is not in order is ahead, unless it was found to be in order or has something to say.
    const state = !isTurn && open === 'open' ? 'ahead' : open;
    isTurn &&= isSettled({ state });
    return { step, state, sentence: standing.sentence, problem };
  });
}

export function isSettled({ state }: Pick<WizardStepState, 'state'>): boolean {
  return state === 'there-already' || state === 'done';
}

/** The first step that needs something, or a person's eye; the last where none does. */
export function firstToDo(steps: readonly WizardStepState[], namesSeen: boolean): WizardStep {
  const found = steps.find(
    ({ step, state }) => !isSettled({ state }) || (step === 'names' && state === 'done' && !namesSeen),
  );
  return found?.step ?? 'done';
}

/** Back always; forward as far as every step before is in order. */
export function mayGoTo(steps: readonly WizardStepState[], from: WizardStep, to: WizardStep): boolean {
  const target = wizardSteps.indexOf(to);
  return target <= wizardSteps.indexOf(from) || steps.slice(0, target).every(isSettled);
}

function hostsStep({ hosts }: StepSource): Standing {
  const names = hosts.map(({ name }) => name);
  if (names.length === 0) return { state: 'open', sentence: '' };
  const failed = hosts.flatMap(({ name, look }) =>
    look.state === 'failed' ? [{ name, problem: look.problem }] : [],
  );
  if (hosts.some(({ look }) => look.state === 'looking')) {
    return { state: 'working', sentence: `looking at ${listed(names)}` };
  }
  const [first] = failed;
  if (first !== undefined) {
    return { state: 'failed', sentence: listed(failed.map(({ name }) => name)), problem: first.problem };
  }
  if (hosts.some(({ look }) => look.state === 'waiting')) {
    return { state: 'open', sentence: `${listed(names)}, not looked at yet` };
  }
  return { state: 'done', sentence: listed(names) };
}

function authorityStep({ fields: { authority }, hosts }: StepSource): Standing {
  if (authority === undefined) return { state: 'open', sentence: '' };
  const isThere = hosts.length > 0 && hosts.every(({ seen }) => seen?.authorities.includes(authority));
  return { state: isThere ? 'there-already' : 'done', sentence: authority };
}

function namesStep({ hosts }: StepSource): Standing {
  const all = hosts.map(wantedNames);
  if (all.length === 0 || all.some(({ length }) => length === 0)) return { state: 'open', sentence: '' };
  const sentence = counted(all.flat().length, 'name');
  const isThere = hosts.every(({ certificates }) => certificates?.state === 'there-already');
  return { state: isThere ? 'there-already' : 'done', sentence };
}

function certificatesStep({ hosts }: StepSource): Standing {
  const states = hosts.map(({ certificates }) => certificates?.state);
  const named = (wanted: (typeof states)[number]) => listed(namesWhere(hosts, states, wanted));
  if (states.includes('working') || states.includes('looking')) return { state: 'working', sentence: '' };
  if (states.length === 0 || states.includes(undefined)) return { state: 'open', sentence: '' };
  if (states.includes('failed')) return { state: 'failed', sentence: `not in place on ${named('failed')}` };
  if (states.includes('needed')) return { state: 'open', sentence: `needed on ${named('needed')}` };
  if (states.includes('deployed')) return { state: 'done', sentence: `put on ${named('deployed')}` };
  return { state: 'there-already', sentence: 'nothing to change' };
}

function changesStep({ hosts }: StepSource): Standing {
  const states = hosts.map(({ changes }) => changes?.state);
  const named = (wanted: (typeof states)[number]) => listed(namesWhere(hosts, states, wanted));
  if (states.includes('working') || states.includes('looking')) return { state: 'working', sentence: '' };
  if (states.length === 0 || states.includes(undefined)) return { state: 'open', sentence: '' };
  if (states.includes('unfinished'))
    return { state: 'failed', sentence: `cut off on ${named('unfinished')}` };
  if (states.includes('failed')) return { state: 'failed', sentence: `failed on ${named('failed')}` };
  if (states.includes('rolled-back')) {
    return { state: 'failed', sentence: `taken back on ${named('rolled-back')}` };
  }
  if (states.includes('needed')) return { state: 'open', sentence: `needed on ${named('needed')}` };
  if (states.includes('applied')) return { state: 'done', sentence: `made on ${named('applied')}` };
  return { state: 'there-already', sentence: 'nothing to change' };
}

function namesWhere<T>(hosts: readonly HostEntry[], states: readonly T[], wanted: T): string[] {
  return hosts.filter((_, index) => states[index] === wanted).map(({ name }) => name);
}

/** A daemon that does not listen is as the admin wants it where no listener is wished for. */
export function isFine({ control, data }: WizardCell, wishesListener: boolean): boolean {
  const isControlFine = control.state === 'proven' || (control.state === 'warning' && !wishesListener);
  return isControlFine && (data.state === 'proven' || data.state === 'warning');
}

function proofStep({ fields: { cells, wishes } }: StepSource): Standing {
  if (cells.some(({ control, data }) => control.state === 'trying' || data.state === 'trying')) {
    return { state: 'working', sentence: '' };
  }
  const tried = cells.filter(({ triedAtMs }) => triedAtMs !== undefined);
  const bad = tried.filter((cell) => !isFine(cell, wishes.listener));
  if (bad.length > 0) {
    return { state: 'failed', sentence: `${bad.length} of ${counted(cells.length, 'direction')} not proven` };
  }
  if (cells.length === 0 || tried.length < cells.length) return { state: 'open', sentence: '' };
  return { state: 'done', sentence: `${counted(cells.length, 'direction')} proven` };
}
