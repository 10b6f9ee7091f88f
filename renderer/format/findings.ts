import type { FindingSide, ReviewFinding } from '../../electron/ipc/views.ts';

export interface FindingGroups {
  mustFix: ReviewFinding[];
  /** Warnings, and checks that could not run. */
  lookAt: ReviewFinding[];
  fine: ReviewFinding[];
}

export function groupFindings(findings: readonly ReviewFinding[]): FindingGroups {
  return {
    mustFix: findings.filter(({ level }) => level === 'error'),
    lookAt: findings.filter(({ level }) => level === 'warning' || level === 'unknown'),
    fine: findings.filter(({ level }) => level === 'ok' || level === 'info'),
  };
}

/** Where a finding is to be mended, by the host's own name where it is on one. */
export function sideName(side: FindingSide, source: string, destination: string): string {
  switch (side) {
    case 'source':
      return source;
    case 'destination':
      return destination;
    case 'between':
      return `between ${source} and ${destination}`;
    case 'guest':
      return 'the guest';
    case 'client':
      return 'this computer';
  }
}
