import { definedOf } from '../../common/defined-of.ts';
import type { Finding } from '../finding.ts';
import type { MigrationResult } from '../outcome.ts';
import { defaultPlanOptions, type PlanOptions } from '../plan.ts';
import type { Review } from '../review.ts';
import { fixedOfConnections } from '../stream-connection.ts';
import { mapTexts, withoutSecrets } from './clean-texts.ts';
import { cleanUpAfter } from './clean-up.ts';
import type { Receipt } from './receipt.ts';

export interface ReceiptRequest {
  id: string;
  startedAt: Date;
  endedAt: Date;
  source: { name: string; connectUri: string };
  destination: { name: string; connectUri: string };
  options: PlanOptions;
  /** `undefined` where the run was refused before anything could be checked. */
  review: Pick<Review, 'findings' | 'plan' | 'identities'> | undefined;
  result: MigrationResult;
}

/**
 * The receipt of a run that has ended. Pure.
 *
 * No password and no unknown parameter of a URI gets into it, neither from the URIs themselves nor from a message that
 * quotes one; nor do control characters from a host.
 */
export function makeReceipt(request: ReceiptRequest): Receipt {
  const { id, startedAt, endedAt, source, destination, options, review, result } = request;
  const { error, acts = [], leftBehind, journalProblem, ...ended } = result;
  const plan = review?.plan;
  const receipt: Receipt = {
    id,
    startedAt: startedAt.toISOString(),
    endedAt: endedAt.toISOString(),
    ...ended,
    sourceUri: source.connectUri,
    destinationUri: destination.connectUri,
    ...definedOf({ migrateUri: plan?.migrateUri, dconnuri: plan?.dconnuri, tlsName: plan?.tlsName }),
    options: changedOptions(options),
    plaintextConsent: options.allowPlaintext,
    streams: plan?.streams ?? [],
    identities: (review?.identities ?? []).map(({ side, what, evidence, subject, fingerprint }) => ({
      ...{ side, what, evidence },
      ...definedOf({ subject, fingerprint }),
    })),
    findings: [...(review?.findings ?? []), ...acts.map(actFinding), ...journalFinding(journalProblem)]
      .filter(({ level }) => level !== 'ok' && level !== 'info')
      .map(({ id: check, side, level, summary, remedy }) => ({
        ...{ id: check, side, level, summary },
        ...definedOf({ remedy }),
      })),
    changes: plan !== undefined && isTouched(result) ? plan.changes : [],
    cleanUp: [
      ...(plan === undefined ? [] : cleanUpAfter(plan, result)),
      ...(leftBehind
        ? [{ side: 'source' as const, text: `${leftBehind.message} ${leftBehind.remedy}` }]
        : []),
    ],
    ...(error && { error }),
  };
  return mapTexts(receipt, withoutSecrets(urisOf(request)), fixed);
}

function actFinding(summary: string): Finding {
  return { id: 'guest.acts', side: 'source', level: 'warning', summary };
}

function journalFinding(problem: MigrationResult['journalProblem']): Finding[] {
  if (problem === undefined) return [];
  const { message, remedy } = problem;
  return [{ id: 'journal', side: 'client', level: 'warning', summary: message, remedy }];
}

/** A guest that stayed leaves no change behind; of one that is stuck, any may have been made. */
function isTouched({ outcome }: MigrationResult): boolean {
  return outcome === 'migrated' || outcome === 'stuck';
}

/** These the receipt has in a place of their own. */
const elsewhere: ReadonlySet<string> = new Set([
  'mode',
  'control',
  'allowPlaintext',
] satisfies (keyof PlanOptions)[]);

function changedOptions(options: PlanOptions): Receipt['options'] {
  const defaults = new Map<string, unknown>(Object.entries(defaultPlanOptions));
  return Object.entries(options).flatMap(([name, value]: [string, unknown]) => {
    if (elsewhere.has(name) || value === undefined || value === defaults.get(name)) return [];
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      return [{ name, value }];
    }
    const isList = Array.isArray(value) && value.every((item) => typeof item === 'string');
    return [{ name, value: isList ? value.join(', ') : JSON.stringify(value) }];
  });
}

function urisOf({ source, destination, options, review, result }: ReceiptRequest): string[] {
  const optional = [options.dconnuri, options.migrateUri, review?.plan?.dconnuri, review?.plan?.migrateUri];
  const given = [source.connectUri, destination.connectUri, source.name, destination.name];
  return [...given, result.source, result.destination, ...optional].filter(
    (uri): uri is string => uri?.includes('://') ?? false,
  );
}

/** What Viaduct itself fills in from a fixed choice: no text of anybody's gets there. */
const fixed = new Set([
  ...['id', 'uuid', 'startedAt', 'endedAt', 'outcome', 'runningOn', 'mode', 'control'],
  ...['side', 'level', 'phase', 'code', 'what', 'fingerprint'],
  ...fixedOfConnections,
]);
