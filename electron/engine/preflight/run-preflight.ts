import type { AgreedCipher } from '../../common/agreed-cipher.ts';
import { definedOf } from '../../common/defined-of.ts';
import { BadInputError, messageOf, ViaductError } from '../../common/errors.ts';
import type { Finding } from '../finding.ts';
import type { ProvenIdentity } from '../identity.ts';
import { checks as allChecks } from './all-checks.ts';
import type { Check, Prerequisite } from './check.ts';
import { dataCipher } from './checks/tls-handshake.ts';
import type { PreflightContext } from './context.ts';
import { createContext, type ContextRequest } from './create-context.ts';
import { findIdentities, type InTime } from './find-identities.ts';
import { orUndefined } from './once.ts';
import { controlOf, gatherFacts, type ControlConnection, type PreflightFacts } from './preflight-facts.ts';

/** `guest`: name or UUID, as the source knows it. */
export type PreflightRequest = ContextRequest;

/** Told while the checks run; both calls must return quickly and not throw. */
export interface PreflightObserver {
  /** @param check the id of the check that found it, which can be run again alone; absent where several were left out */
  finding(finding: Finding, check?: string): void;
  /** The checks without an answer so far, in words. */
  pending(titles: string[]): void;
}

/** One check of a preflight that is run again, after something was mended. */
export interface Again {
  check: string;
  /** What the other checks have found, which stands. */
  kept: readonly Finding[];
}

export interface PreflightResult {
  findings: Finding[];
  /** What the planner needs; `undefined` exactly when `failure` is set. */
  facts: PreflightFacts | undefined;
  /**
   * Why no plan can be made at all: a host that cannot be reached, a guest that is not there
   * (`GuestNotFoundError`), a data address that is none (`BadInputError`). The findings say the same.
   */
  failure: Error | undefined;
  /** The certificates and keys that the streams of such a plan rest on. */
  identities: ProvenIdentity[];
  /** What the trial handshake with QEMU's certificates agreed on. */
  dataCipher: AgreedCipher | undefined;
  /** How each host that has answered is reached. */
  control: Partial<Record<'source' | 'destination', ControlConnection>>;
}

/** A single check never holds up the review longer than this. */
const checkDeadlineMs = 8_000;

/**
 * Looks at both hosts, the guest and the way between, and changes nothing: an empty file that is put beside a disk for a
 * moment, to see whether the storage is shared, is gone when the check has its answer.
 *
 * All checks run at the same time; each finding is reported as it arrives. A check that fails or takes too long
 * gives `unknown`, never `ok`.
 *
 * @param again only that check is run; what the planner needs is asked anew as ever
 * @throws {ViaductError} `cancelled` when `request.signal` is aborted.
 * @throws {BadInputError} `check-unknown`
 */
export async function runPreflight(
  request: PreflightRequest,
  observer: PreflightObserver,
  again?: Again,
): Promise<PreflightResult> {
  const result = await runChecks(chosen(again), createContext(request), observer, request.signal);
  return { ...result, findings: [...(again?.kept ?? []), ...result.findings] };
}

function chosen(again: Again | undefined): readonly Check[] {
  if (again === undefined) return allChecks;
  const check = allChecks.find(({ id }) => id === again.check);
  if (check === undefined)
    throw new BadInputError('check-unknown', `There is no check "${again.check}".`, { side: 'client' });
  return [check];
}

/** The same over given checks and facts. */
export async function runChecks(
  checks: readonly Check[],
  context: PreflightContext,
  observer: PreflightObserver,
  signal: AbortSignal,
  deadlineMs = checkDeadlineMs,
): Promise<PreflightResult> {
  const applying = checks.filter((check) => check.applies?.(context.options) ?? true);
  const waiting = new Set(applying);
  const findings: Finding[] = [];
  const leftOut = new Map<Prerequisite, string[]>();
  const ground = groundOf(context);
  const tellPending = (): void => {
    observer.pending([...waiting].map(({ title }) => title));
  };
  const report = (finding: Finding, check?: string): void => {
    findings.push(finding);
    observer.finding(finding, check);
  };

  tellPending();
  await Promise.all(
    applying.map(async (check) => {
      const missing = await firstMissing(check.needs, ground, deadlineMs, signal);
      if (missing === undefined) {
        for (const finding of await outcomeOf(check, context, deadlineMs, signal)) report(finding, check.id);
      } else {
        leftOut.set(missing, [...(leftOut.get(missing) ?? []), check.title]);
      }
      waiting.delete(check);
      tellPending();
    }),
  );
  if (signal.aborted)
    throw new ViaductError('cancelled', 'The checks were cancelled.', { cause: signal.reason });
  for (const [missing, titles] of leftOut) report(leftOutFinding(missing, titles, context));
  const soon: InTime = (work) => inTime(work, deadlineMs, signal);
  const [planned, control] = await Promise.all([
    factsOrFailure(context, ground, deadlineMs, signal),
    reachedHosts(context, ground, soon),
  ]);
  const [identities, cipher] = await Promise.all([
    findIdentities(context, planned.facts, soon),
    planned.facts && orUndefined(() => soon(dataCipher(context))),
  ]);
  return { findings, ...planned, identities, dataCipher: cipher, control };
}

async function reachedHosts(
  context: PreflightContext,
  ground: Ground,
  soon: InTime,
): Promise<PreflightResult['control']> {
  const reached = async (side: 'source' | 'destination'): Promise<ControlConnection | undefined> =>
    orUndefined(async () => {
      await soon(ground[side]());
      return controlOf(context[side]);
    });
  const [source, destination] = await Promise.all([reached('source'), reached('destination')]);
  return definedOf({ source, destination });
}

type Ground = Readonly<Record<Prerequisite, () => Promise<unknown>>>;

function groundOf(context: PreflightContext): Ground {
  return {
    source: () => context.source.daemon(),
    destination: () => context.destination.daemon(),
    guest: () => context.guest(),
  };
}

async function firstMissing(
  needs: readonly Prerequisite[],
  ground: Ground,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<Prerequisite | undefined> {
  for (const need of needs) {
    try {
      await inTime(ground[need](), deadlineMs, signal);
    } catch {
      return need;
    }
  }
  return undefined;
}

async function outcomeOf(
  check: Check,
  context: PreflightContext,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<Finding[]> {
  try {
    return await inTime(check.run(context), deadlineMs, signal);
  } catch (error) {
    const remedy = error instanceof ViaductError ? error.remedy : undefined;
    return [
      {
        id: check.id,
        side: check.side,
        level: 'unknown',
        summary: `Not checked: ${check.title}. ${messageOf(error)}`,
        remedy: remedy ?? 'Run the checks again; if it stays so, look at the host by hand.',
      },
    ];
  }
}

function leftOutFinding(
  missing: Prerequisite,
  titles: readonly string[],
  context: PreflightContext,
): Finding {
  const reason = {
    source: `${context.source.name} cannot be asked`,
    destination: `${context.destination.name} cannot be asked`,
    guest: `nothing is known about the guest "${context.guestName}"`,
  }[missing];
  return {
    id: `preflight.left-out.${missing}`,
    side: missing,
    level: 'unknown',
    summary: `${titles.length} checks were left out because ${reason}.`,
    evidence: titles.join('; '),
    remedy: 'Mend that first, then run the checks again.',
  };
}

async function factsOrFailure(
  context: PreflightContext,
  ground: Ground,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<Pick<PreflightResult, 'facts' | 'failure'>> {
  try {
    for (const load of [ground.source, ground.destination, ground.guest])
      await inTime(load(), deadlineMs, signal);
    return { facts: await inTime(gatherFacts(context), deadlineMs, signal), failure: undefined };
  } catch (error) {
    return { facts: undefined, failure: error instanceof Error ? error : new Error(messageOf(error)) };
  }
}

/** The facts keep loading in the background; whoever asks for them next finds them. */
async function inTime<T>(work: Promise<T>, deadlineMs: number, signal: AbortSignal): Promise<T> {
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new ViaductError('check-timeout', `There was no answer within ${deadlineMs / 1000} s.`));
  }, deadlineMs);
  const onAbort = (): void => reject(new ViaductError('cancelled', 'The checks were cancelled.'));
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, givenUp]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    work.catch(() => undefined);
  }
}
