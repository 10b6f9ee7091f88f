/** Whether a path leads to the very same file on both hosts, and how that is known. */
export type Sharing =
  | { kind: 'shared'; evidence: string }
  | { kind: 'separate'; existsThere: boolean; evidence: string }
  | { kind: 'unknown'; evidence: string };
