/** One thing that was seen or done, in words. The fields are those of a preflight's findings, with the hosts' names. */
export interface PkiFinding {
  /** Stable, as `pki.control.handshake`; scripts and tests decide by it. */
  id: string;
  /** Where it is to be mended: on `host`, or between `from` and `to`. */
  side: 'host' | 'between' | 'client';
  host?: string;
  from?: string;
  to?: string;
  /** `unknown`: it could not be looked at; never counted as `ok`. */
  level: 'ok' | 'info' | 'warning' | 'error' | 'unknown';
  summary: string;
  /** What a program said, for a person who wants to see it. */
  evidence?: string;
  /** On every warning, error and unknown. */
  remedy?: string;
}

export type Report = (finding: PkiFinding) => void;
