import type { Finding, PoolMend } from '../finding.ts';

interface Words {
  summary: string;
  evidence?: string;
}

interface WithRemedy extends Words {
  remedy: string;
  mend?: PoolMend;
}

/** Short ways to write the findings of one id and side. */
export interface FindingsOf {
  ok(summary: string, evidence?: string): Finding;
  info(summary: string, evidence?: string): Finding;
  warning(words: WithRemedy): Finding;
  error(words: WithRemedy): Finding;
  unknown(words: WithRemedy): Finding;
}

export function findingsOf(id: string, side: Finding['side']): FindingsOf {
  const plain = (level: 'ok' | 'info') => (summary: string, evidence?: string) => ({
    id,
    side,
    level,
    summary,
    ...(evidence === undefined ? {} : { evidence }),
  });
  const withRemedy = (level: 'warning' | 'error' | 'unknown') => (words: WithRemedy) => ({
    id,
    side,
    level,
    ...words,
  });
  return {
    ok: plain('ok'),
    info: plain('info'),
    warning: withRemedy('warning'),
    error: withRemedy('error'),
    unknown: withRemedy('unknown'),
  };
}
