import type { HostTruth } from '../state/truth.ts';
import type { Case, Diagnosis, End, Job, OfferedAction, Past, Situation } from './diagnosis.ts';
import { holdingOf, type Holding } from './holding.ts';

/** One end of a case. */
export interface Part {
  end: End;
  name: string;
  guest: string;
  holding: Holding;
  truth: HostTruth;
  job: Job;
  past: Past | undefined;
}

export type Verdict = Pick<Diagnosis, 'situation' | 'summary' | 'actions' | 'advice'>;

export function partOf({ guest, names, seen, past }: Case, end: End): Part {
  const { truth, job } = seen[end];
  return { end, name: names[end], guest, holding: holdingOf(truth), truth, job, past };
}

/** Nothing is offered unless `actions` says so. */
export function verdict(
  situation: Situation,
  summary: string,
  advice = '',
  actions: OfferedAction[] = [],
): Verdict {
  return { situation, summary, advice, actions };
}

export function isPersistent({ truth }: Part): boolean {
  return truth.kind === 'present' && truth.persistent;
}

/** Of a copy that is shut off: why it is, in libvirt's `virDomainShutoffReason`. */
export function shutoffReason({ truth, holding }: Part): number | undefined {
  return truth.kind === 'present' && holding === 'off' ? truth.reason : undefined;
}
