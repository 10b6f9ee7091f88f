export interface ExecResult {
  code: number;
  stdout: Uint8Array;
  stderr: string;
}

export interface ExecLimits {
  stdin?: Uint8Array;
  signal?: AbortSignal;
  deadlineMs?: number;
  maxOutputBytes?: number;
}

/** Commands on a host, over the SSH session that its connection uses. Nothing is installed there. */
export interface HostShell {
  /** Runs a program with the given arguments, never through a shell string of ours. Resolves for every exit code. */
  exec(argv: readonly string[], options?: ExecLimits): Promise<ExecResult>;
}
