import { messageOf } from '../../../electron/common/errors.ts';
import type { Lab } from '../lab.ts';
import type { CommandSeen } from './command-seen.ts';
import type { CutEffect, SubjectName } from './cut-subjects.ts';
import { type CutPoint, type Moment, moments } from './cutting-proxy.ts';
import { type CutOutcome, LinkCuts, type Remedy } from './link-cuts.ts';

/** One point at which the link was cut, and what came of it. */
export interface PointReport extends CutPoint {
  subject: SubjectName;
  remedy: Remedy;
  exitCode?: number;
  effect?: CutEffect;
  /** What did not hold; absent where all did. */
  failure?: string;
}

export interface CutReport {
  benchmark: 'link-cuts';
  command: string;
  date: string;
  summary: CutSummary[];
  points: PointReport[];
}

export interface CutSummary {
  subject: SubjectName;
  points: number;
  failed: number;
  /** How much of its work the host had done when all was quiet again. */
  effects: Record<CutEffect, number>;
  /** How often each remedy led to its end. */
  remedies: Record<Remedy, number>;
}

/**
 * Before, in, at and after each command that changes the host; after each that only looks. Of a setup each point is cut
 * twice: once it is gone on with, once taken back. A look by certificates' commands leaves nothing to go on with: they
 * begin anew each time.
 */
function pointsOf(subject: SubjectName, commands: readonly CommandSeen[]): PointReport[] {
  const isSetup = subject.startsWith('host');
  const changing = commands.filter(({ changes }) => changes);
  const looking = commands.filter(({ changes }) => !changes);
  return [
    ...changing.flatMap(({ what, nth }) =>
      moments.flatMap((moment) =>
        (isSetup ? (['resume', 'undo'] as const) : [remedyAt(moment)]).map((remedy) => ({
          ...{ subject, what, nth, moment, remedy },
        })),
      ),
    ),
    ...looking.map(({ what, nth }): PointReport => ({
      ...{ subject, what, nth, moment: 'after', remedy: isSetup ? 'resume' : 'none' },
    })),
  ];
}

/** Either way is taken at half of the points. */
function remedyAt(moment: Moment): Remedy {
  return moment === 'before' || moment === 'working' ? 'resume' : 'undo';
}

/**
 * Goes through all points of all subjects, but those that are known to hold; ends early when told.
 *
 * @param keep is given all that is known after each point, so that nothing is lost whatever ends the run
 */
export async function cutEverywhere(
  lab: Lab,
  subjects: readonly SubjectName[],
  known: readonly PointReport[],
  signal: AbortSignal,
  { tell, keep }: Pick<Sweep, 'tell' | 'keep'>,
): Promise<PointReport[]> {
  const points = known.filter(({ failure }) => failure === undefined);
  const sweep: Sweep = { lab, points, signal, tell, keep };
  for (const name of subjects) while (!signal.aborted && !(await sweepOnce(name, sweep)));
  await lab.reset();
  return points;
}

interface Sweep {
  lab: Lab;
  /** What is known, and is added to. */
  points: PointReport[];
  signal: AbortSignal;
  tell: (line: string) => void;
  keep: (points: readonly PointReport[]) => Promise<void>;
}

/**
 * Goes through the points of one subject as far as they hold. Whatever a failure leaves is not to count against the
 * next point, which gets a lab and a state folder of its own.
 *
 * @returns whether there is nothing more to do
 */
async function sweepOnce(name: SubjectName, { lab, points, signal, tell, keep }: Sweep): Promise<boolean> {
  await lab.reset();
  await using cuts = await LinkCuts.start(lab);
  const subject = await cuts.begin(name);
  const wanted = pointsOf(name, await cuts.measure(subject));
  const open = wanted.filter((point) => !points.some((done) => isSame(done, point)));
  tell(`${name}: ${wanted.length} points, ${open.length} of them to go`);
  for (const point of open) {
    if (signal.aborted) return true;
    const found = await orFailure(cuts.cut(subject, point, point.remedy));
    points.push({ ...point, ...found });
    await keep(points);
    tell(`  ${line({ ...point, ...found })}`);
    if ('failure' in found) return false;
  }
  return true;
}

function orFailure(running: Promise<CutOutcome>): Promise<CutOutcome | { failure: string }> {
  return running.catch((error: unknown) => ({ failure: messageOf(error) }));
}

export function summaryOf(points: readonly PointReport[]): CutSummary[] {
  return [...new Set(points.map(({ subject }) => subject))].map((subject) => {
    const own = points.filter((point) => point.subject === subject);
    const held = own.filter(({ failure }) => failure === undefined);
    const effects = (effect: CutEffect) => held.filter((point) => point.effect === effect).length;
    const remedies = (remedy: Remedy) => held.filter((point) => point.remedy === remedy).length;
    return {
      subject,
      points: own.length,
      failed: own.length - held.length,
      effects: { nothing: effects('nothing'), part: effects('part'), all: effects('all') },
      remedies: { resume: remedies('resume'), undo: remedies('undo'), none: remedies('none') },
    };
  });
}

function isSame(one: PointReport, other: PointReport): boolean {
  const keys = ['subject', 'what', 'nth', 'moment', 'remedy'] as const;
  return keys.every((key) => one[key] === other[key]);
}

function line({ what, nth, moment, remedy, exitCode, effect, failure }: PointReport): string {
  const came = failure === undefined ? `exit ${exitCode ?? 0}, ${effect ?? ''} done` : `FAILED: ${failure}`;
  return `${what} ${nth}, ${moment}, then ${remedy}: ${came}`;
}
