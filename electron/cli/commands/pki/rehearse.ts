import type { HostAccess } from '../../../hosts/host-access.ts';
import type { RehearsalDirection, RehearsalSnapshot } from '../../../rehearsal/rehearsal-snapshot.ts';
import { rehearse } from '../../../rehearsal/rehearse.ts';
import { formatDuration } from '../../../common/units.ts';
import { exitCodes } from '../../exit-codes.ts';
import { findingText, streamText } from '../../output/findings-text.ts';
import { writeJsonLine } from '../../output/json-lines.ts';
import { printable } from '../../output/printable.ts';

export interface RehearseRequest {
  source: HostAccess;
  destination: HostAccess;
  json: boolean;
  signal: AbortSignal;
}

/** Moves a throw-away guest there and back. @returns 6 when a guest may be left on a host, however else it ended */
export async function runRehearse({ source, destination, json, signal }: RehearseRequest): Promise<number> {
  let said = '';
  const { result } = rehearse(
    { source, destination },
    {
      changed: ({ sentence, state }) => {
        if (sentence !== said && state !== 'ended') process.stderr.write(`${printable(sentence)}\n`);
        said = sentence;
      },
      event: ({ type, ...event }) => {
        if (!json) return;
        const { way } = event;
        if ('finding' in event) writeJsonLine(type, { way, ...event.finding });
        else if ('stream' in event) writeJsonLine(type, { way, ...event.stream });
        else if ('progress' in event) writeJsonLine(type, { way, ...event.progress });
        else writeJsonLine(type, event);
      },
    },
    signal,
  );
  const ended = await result;
  if (json) writeJsonLine('rehearsal', ended);
  else process.stdout.write(`${endText(ended)}\n`);
  return exitCodeOf(ended);
}

function exitCodeOf({ outcome, leftovers }: RehearsalSnapshot): number {
  if (leftovers.length > 0) return exitCodes.needsPerson;
  switch (outcome) {
    case 'passed':
      return exitCodes.done;
    case 'refused':
      return exitCodes.refused;
    case 'cancelled':
      return exitCodes.cancelled;
    default:
      return exitCodes.failed;
  }
}

function endText({ directions, sentence, problem, leftovers }: RehearsalSnapshot): string {
  const why = problem === undefined ? [] : [problem.message, problem.remedy];
  const end = [sentence, ...why, ...leftovers].map(printable);
  return [...directions.map(directionText), end.join('\n')].join('\n\n');
}

function directionText({ from, to, outcome, totalMs, downtimeMs, ...rest }: RehearsalDirection): string {
  const pause = downtimeMs === null ? '' : `, with a measured pause of ${formatDuration(downtimeMs)}`;
  const what =
    outcome === 'migrated' ? `moved in ${formatDuration(totalMs)}${pause}` : (outcome ?? 'not ended');
  const phases = rest.phases.flatMap(({ phase, startedMs, endedMs }) =>
    endedMs === undefined ? [] : [`${phase} ${formatDuration(endedMs - startedMs)}`],
  );
  return [
    `${from} to ${to}: ${what}`,
    ...(phases.length > 0 ? [phases.join(', ')] : []),
    ...rest.findings.map(findingText),
    ...rest.streams.map(streamText),
  ].join('\n');
}
