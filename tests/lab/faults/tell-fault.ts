import type { FaultReport } from './one-fault.ts';

/** In one line: what was broken, what was told, and what should not have been. */
export function tellFault({ name, outcome, recovered, retried, seconds, seen }: FaultReport): string {
  const said = [outcome ?? 'killed', recovered, retried ? 'moved' : undefined];
  const words = said.filter((each) => each !== undefined).join(', then ');
  const wrong = seen.map(({ violation, what }) => `\n      ${violation}: ${what}`).join('');
  return `${seen.length === 0 ? '✓' : '✗'} ${name}: ${words} (${seconds} s)${wrong}`;
}
