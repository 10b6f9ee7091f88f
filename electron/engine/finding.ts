/** Where a finding is to be mended. */
export type FindingSide = 'source' | 'destination' | 'between' | 'guest' | 'client';

/**
 * `unknown`: the check could not run; never shown or counted as `ok`. It needs a look like a warning does.
 */
export type FindingLevel = 'ok' | 'info' | 'warning' | 'error' | 'unknown';

/** The outcome of one preflight check, in words that hold the values found. */
export interface Finding {
  /** Stable, as `tls.destination.name`; scripts and tests decide by it. */
  id: string;
  side: FindingSide;
  level: FindingLevel;
  summary: string;
  /** What was read or measured, for a person who wants to see it: a path, a certificate's dates, a daemon's text. */
  evidence?: string;
  /** What to do about it; present on every warning, error and unknown. */
  remedy?: string;
  /** The same, where the app can do it on the destination by itself. */
  mend?: PoolMend;
}

/** A storage pool that is to be started, or first made of a directory. */
export type PoolMend =
  { kind: 'start pool'; pool: string } | { kind: 'define pool'; pool: string; directory: string };

/**
 * Whether the finding forbids the migration: only an error does.
 *
 * A check that could not run (`unknown`) does not: a host that is reached over TLS gives no access to its files,
 * and a migration between such hosts is as good as any.
 */
export function blocks(finding: Finding): boolean {
  return finding.level === 'error';
}
