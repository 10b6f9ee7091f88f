import { describeDomainState } from '../../libvirt/index.ts';
import { isAbort } from '../explain.ts';
import type { Fault } from '../fault.ts';
import type { MigrationResult, OutcomeError } from '../outcome.ts';
import type { MigrationPlan } from '../plan.ts';
import { hasLeftover } from '../state/migration-state.ts';
import type { EndState } from '../state/migration-state.ts';
import type { HostTruth } from '../state/truth.ts';
import type { StorageReport } from '../storage/made-storage.ts';
import { offlineLeftover, offlineSituation, type Words } from './offline-words.ts';

export interface ResultFigures {
  totalMs: number;
  downtimeMs: number | undefined;
  destinationReason: string | undefined;
  ranInPostCopy: boolean;
  acts?: readonly string[];
  storage?: StorageReport | undefined;
}

/** The last word on a run: how it ended and where the guest is. */
export function resultOf(end: EndState, plan: MigrationPlan, figures: ResultFigures): MigrationResult {
  const { storage } = figures;
  const error = withStorageLeft(storage, plan, errorOf(end, plan, figures), end.kind);
  return {
    outcome: end.kind,
    guest: plan.guest.name,
    uuid: plan.guest.uuid,
    source: plan.source.name,
    destination: plan.destination.name,
    mode: plan.options.mode,
    control: plan.control,
    runningOn: runningOn(end),
    totalMs: figures.totalMs,
    downtimeMs: end.kind === 'migrated' ? (figures.downtimeMs ?? null) : null,
    ...(figures.ranInPostCopy && { postCopy: true as const }),
    ...(plan.options.offline && { offline: true as const }),
    ...(storage === undefined ? {} : { storage }),
    ...(figures.acts !== undefined && figures.acts.length > 0 && { acts: [...figures.acts] }),
    ...(hasLeftover(end) && { leftover: true as const }),
    ...(error === undefined ? {} : { error }),
  };
}

function runningOn(end: EndState): MigrationResult['runningOn'] {
  switch (end.kind) {
    case 'migrated':
      return 'destination';
    case 'failed':
    case 'cancelled':
      return 'source';
    case 'stuck':
      return end.runningOn;
  }
}

function errorOf(end: EndState, plan: MigrationPlan, figures: ResultFigures): OutcomeError | undefined {
  switch (end.kind) {
    case 'migrated':
      return undefined;
    case 'failed':
      return withLeftover(end.leftover, plan, withReason(end.fault, figures.destinationReason));
    case 'cancelled': {
      const fault = end.fault === null || isAbort(end.fault) ? undefined : end.fault;
      return end.leftover ? withLeftover(true, plan, fault ?? notCleanFault) : fault;
    }
    case 'stuck':
      return stuckError(end, plan);
  }
}

const notCleanFault: Fault = {
  code: 'engine.leftover',
  side: 'destination',
  phase: 'confirm',
  message: 'The migration was cancelled.',
  remedy: '',
};

function withReason(fault: Fault, destinationReason: string | undefined): Fault {
  if (destinationReason === undefined || fault.phase !== 'perform') return fault;
  return { ...fault, message: `${fault.message} The destination says: ${destinationReason}` };
}

function withLeftover(leftover: boolean, plan: MigrationPlan, fault: Fault): OutcomeError {
  if (!leftover) return fault;
  const { guest, destination } = plan;
  if (plan.options.offline) {
    const { message, remedy } = offlineLeftover(plan);
    return {
      ...fault,
      message: `${fault.message} ${message}`,
      remedy: `${fault.remedy} ${remedy}`.trim(),
    };
  }
  return {
    ...fault,
    message: `${fault.message} It is not certain that ${destination.name} has dropped its unfinished copy.`,
    remedy:
      `${fault.remedy} When ${destination.name} answers, destroy ${guest.name} there if it is paused for migration.`.trim(),
  };
}

/** Volumes that could not be taken back, or must not be as long as it is not known where the guest runs. */
function withStorageLeft(
  storage: StorageReport | undefined,
  { guest, source, destination }: MigrationPlan,
  error: OutcomeError | undefined,
  kind: EndState['kind'],
): OutcomeError | undefined {
  if (storage === undefined || storage.left.length === 0 || kind === 'migrated') return error;
  const { message, remedy, ...fault } = error ?? storageLeftFault;
  const left = storage.left.map(({ path, why }) => `${path} (${why.replace(/\.$/, '')})`).join(', ');
  return {
    ...fault,
    message: `${message} On ${destination.name} this is left: ${left}.`.trim(),
    remedy:
      `${remedy} Delete it on ${destination.name} once ${guest.name} runs on ${source.name} for certain.`.trim(),
  };
}

const storageLeftFault: Fault = {
  code: 'storage.left',
  side: 'destination',
  phase: 'confirm',
  message: '',
  remedy: '',
};

function stuckError(end: EndState & { kind: 'stuck' }, plan: MigrationPlan): OutcomeError {
  const { guest, source, destination } = plan;
  const fault = end.reason.fault;
  const known =
    end.truth === null
      ? 'Neither host has answered since.'
      : `${source.name}: ${inWords(end.truth.source)}. ${destination.name}: ${inWords(end.truth.destination)}.`;
  const why = fault === null ? '' : ` ${fault.message}`;
  const { message, remedy } = plan.options.offline
    ? offlineSituation(end.situation, plan)
    : situationWords(end, guest.name, source.name, destination.name);
  return {
    code: `engine.stuck.${end.situation.replaceAll(' ', '-')}`,
    side: fault?.side ?? 'client',
    phase: fault?.phase ?? 'finish',
    message: `${message} ${known}${why}`,
    remedy,
  };
}

function situationWords(
  { situation }: EndState & { kind: 'stuck' },
  guest: string,
  source: string,
  destination: string,
): Words {
  switch (situation) {
    case 'outcome unknown':
      return {
        message: `It could not be found out where ${guest} runs; nothing was resumed.`,
        remedy: `Look at ${guest} on ${destination} first. If it runs there, destroy the paused copy on ${source}; only if ${destination} has it not, or shut off, resume it on ${source}.`,
      };
    case 'runs on both':
      return {
        message: `${guest} is active on both hosts; nothing was touched.`,
        remedy: `Decide which of the two is right and destroy the other at once: both may be writing to the same disks.`,
      };
    case 'runs on neither':
      return {
        message: `${guest} runs on neither host; nothing was resumed.`,
        remedy: `Find out why it stopped: its log is in /var/log/libvirt/qemu on both hosts. Resume no paused copy if it has run on ${destination}, or was on its way in post-copy; destroy it, and start the guest afresh.`,
      };
    case 'source copy left':
      return {
        message: `${guest} runs on ${destination}, but its paused copy on ${source} could not be ended.`,
        remedy: `When ${source} answers, destroy the paused copy of ${guest} there. Never resume it.`,
      };
    case 'waits on destination':
      return {
        message: `${guest} has arrived on ${destination} and waits there, paused; it could not be set going.`,
        remedy: `Run "viaduct recover" when ${destination} answers: it sets ${guest} going once ${source} runs it no more.`,
      };
    case 'post-copy failed':
      return {
        message: `The connection for the memory of ${guest} broke after the switch to post-copy: part of its memory is on ${destination}, part only on ${source}. Neither was touched.`,
        remedy: `Do not resume, destroy or restart ${guest} on either host: only both together hold it. Mend the network between them; with libvirt 8.5 or newer on both, "viaduct doctor ${guest} --do recover-post-copy" then goes on with the move.`,
      };
    case 'state not understood':
      return {
        message: `The states of ${guest} on the two hosts fit no known outcome; nothing was touched.`,
        remedy: `Look at ${guest} on both hosts. Resume it on ${source} only if ${destination} has it not, or shut off.`,
      };
  }
}

function inWords(truth: HostTruth): string {
  switch (truth.kind) {
    case 'unreachable':
      return `could not be asked (${truth.message.replace(/\.$/, '')})`;
    case 'absent':
      return 'does not know the guest';
    case 'present':
      return describeDomainState(truth.state, truth.reason);
  }
}
