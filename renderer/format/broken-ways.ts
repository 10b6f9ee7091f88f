import type { Finding } from '../../electron/ipc/views.ts';

export type Way = 'toSource' | 'toDestination' | 'between';

/** The parts of a finding's id that stand for the way from the source to the destination, whichever host mends it. */
const between: ReadonlySet<string> = new Set(['control', 'daemon', 'network', 'tls']);

/** Each way that does not carry as it has to, with the first error about it. */
export function brokenWays(findings: readonly Finding[]): Partial<Record<Way, Finding>> {
  const broken: Partial<Record<Way, Finding>> = {};
  for (const finding of findings) {
    const way = wayOf(finding);
    if (finding.level === 'error' && way !== undefined) broken[way] ??= finding;
  }
  return broken;
}

/** A relay goes from the source to this machine and on to the destination. */
function wayOf({ id }: Finding): Way | undefined {
  const [area = '', place] = id.split('.');
  if (between.has(area)) return 'between';
  if (area !== 'connection' && area !== 'relay') return undefined;
  if (place === 'source') return 'toSource';
  return place === 'destination' ? 'toDestination' : undefined;
}
