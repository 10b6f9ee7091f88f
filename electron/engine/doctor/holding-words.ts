import { describeDomainState, shutoffReasons } from '../../libvirt/index.ts';
import type { HostTruth } from '../state/truth.ts';
import type { Past } from './diagnosis.ts';
import { shutoffReason, type Part } from './verdict.ts';

/** `paused (for migration)`; `not known there`; why it could not be asked. */
export function stateInWords(truth: HostTruth): string {
  switch (truth.kind) {
    case 'unreachable':
      return `could not be asked (${truth.message.replace(/\.$/, '')})`;
    case 'absent':
      return 'not known there';
    case 'present':
      return describeDomainState(truth.state, truth.reason);
  }
}

/** What the host has of the guest, and whether its disks are or were written from there: to follow the host's name. */
export function holdsInWords(part: Part): string {
  switch (part.holding) {
    case 'runs':
      return 'runs it with all of its memory; its disks are written from there';
    case 'held':
      return part.job === 'incoming'
        ? 'waits for it to arrive; it has not run there, and nothing was written from there'
        : 'holds it paused for a migration, as it was when it stopped there, or before it has arrived';
    case 'starting':
      return 'is making its machine; nothing was written from there yet';
    case 'paused':
      return 'holds it whole, paused by a person; nothing is written from there meanwhile';
    case 'halted':
      return 'holds it whole, but halted; nothing is written from there meanwhile';
    case 'crashed':
      return 'keeps it as it crashed; nothing is written from there any more';
    case 'serving':
    case 'serving-failed':
      return 'holds memory of it that the other host may lack; it stopped there, and nothing is written from there any more';
    case 'fetching':
      return 'runs it while the rest of its memory follows; its disks are written from there';
    case 'fetching-failed':
      return 'runs it without the rest of its memory, until it needs that; its disks have been written from there';
    case 'off':
      return `has its definition only; ${offInWords(part)}`;
    case 'remainder':
      return 'has a remainder that neither runs nor is defined';
    case 'absent':
      return 'does not know it';
    case 'unreachable':
      return 'could not be asked';
    case 'unclear':
      return 'has it in a state that is not understood';
  }
}

export function definitionInWords(truth: HostTruth): string {
  switch (truth.kind) {
    case 'unreachable':
      return 'not known';
    case 'absent':
      return 'none';
    case 'present':
      return truth.persistent ? 'kept there' : 'none: the guest is gone from there once it ends';
  }
}

export function jobInWords({ truth, job }: Pick<Part, 'truth' | 'job'>): string {
  if (truth.kind === 'unreachable') return 'not known';
  switch (job) {
    case 'none':
      return 'nothing is under way';
    case 'active':
      return 'is at work on it';
    case 'incoming':
      return 'waits for it to arrive';
    case 'unknown':
      return 'did not say what it is at';
  }
}

/** Empty where nothing is written down. */
export function pastInWords(past: Past | undefined): string {
  if (past === undefined) return '';
  const whether = past.hasRun
    ? 'it did run where it was going'
    : past.finishMade
      ? 'it may have been started where it was going'
      : 'it was never started where it was going';
  return `A migration of it by Viaduct has not been settled; by its journal, ${whether}.`;
}

/** libvirt forgets why a guest is shut off when the daemon is restarted. */
function offInWords(part: Part): string {
  switch (shutoffReason(part)) {
    case shutoffReasons.shutdown:
      return 'it ran there and shut down';
    case shutoffReasons.destroyed:
      return 'its machine was ended there, whether it had run or not';
    case shutoffReasons.crashed:
      return 'it ran there and crashed';
    case shutoffReasons.migrated:
      return 'it ran there and was moved away';
    case shutoffReasons.saved:
      return 'it ran there, and its memory is saved there';
    case shutoffReasons.failed:
      return 'its machine was made there and never ran';
    default:
      return 'whether it has run there is not known';
  }
}
