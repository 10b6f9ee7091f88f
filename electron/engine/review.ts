import type { DataStream } from './data-stream.ts';
import { blocks } from './finding.ts';
import type { Finding } from './finding.ts';
import type { ProvenIdentity } from './identity.ts';
import { makePlan } from './make-plan.ts';
import type { MigrationPlan } from './plan.ts';
import { judgePlan } from './policy.ts';
import { runPreflight } from './preflight/run-preflight.ts';
import type {
  Again,
  PreflightObserver,
  PreflightRequest,
  PreflightResult,
} from './preflight/run-preflight.ts';
import { controlStream } from './streams.ts';

/** All that is known before anything is touched, and whether it may go on. */
export interface Review {
  findings: Finding[];
  /** `undefined` exactly when `failure` is set. */
  plan: MigrationPlan | undefined;
  canMigrate: boolean;
  /** Why no plan could be made. */
  failure: Error | undefined;
  /** The streams of a plan, or where there is none those that were found to stand all the same. */
  streams: DataStream[];
  /** The certificates and keys that the plan's streams rest on, as far as they could be had. */
  identities: ProvenIdentity[];
}

/**
 * Runs the preflight, makes the plan and applies the policy to it. Touches nothing.
 *
 * @param again where one check is run again and the others stand
 * @throws {ViaductError} code `cancelled` when the request's signal is aborted.
 * @throws {BadInputError} `check-unknown`
 */
export async function reviewMigration(
  request: PreflightRequest,
  observer: PreflightObserver,
  again?: Again,
): Promise<Review> {
  const { findings, facts, failure, control, ...seen } = await runPreflight(request, observer, again);
  const { identities } = seen;
  const { source, destination, options } = request;
  if (facts === undefined) {
    const streams = controlStreams(request, control);
    return { findings, plan: undefined, canMigrate: false, failure, streams, identities };
  }
  const plan = makePlan({ source, destination, options, facts, seen });
  const judgement = judgePlan(plan, findings);
  for (const finding of judgement) observer.finding(finding);
  const all = [...findings, ...judgement];
  const { streams } = plan;
  return { findings: all, plan, canMigrate: !all.some(blocks), failure: undefined, streams, identities };
}

function controlStreams(
  hosts: Pick<PreflightRequest, 'source' | 'destination'>,
  reached: PreflightResult['control'],
): DataStream[] {
  return (['source', 'destination'] as const).flatMap((side) => {
    const control = reached[side];
    return control === undefined ? [] : [controlStream(side, { name: hosts[side].name, control })];
  });
}
