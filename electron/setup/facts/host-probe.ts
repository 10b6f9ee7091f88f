import type { ExecResult, HostShell } from '../../common/host/host-shell.ts';
import type { RootShell } from '../../common/host/root-shell.ts';

export interface Answer {
  code: number;
  output: string;
}

const deadlineMs = 20_000;
const maxOutputBytes = 4 * 1024 * 1024;

/** Asks programs of a host, as the login or as root; nothing that is asked changes anything. */
export class HostProbe {
  /** `undefined`: the login cannot become root. */
  readonly root: RootShell | undefined;
  readonly #shell: HostShell;
  readonly #limits: { signal?: AbortSignal; deadlineMs: number; maxOutputBytes: number };

  constructor(shell: HostShell, root: RootShell | undefined, signal?: AbortSignal) {
    this.#shell = shell;
    this.root = root;
    this.#limits = { deadlineMs, maxOutputBytes, ...(signal && { signal }) };
  }

  /** As the login. A program that is missing answers with 127. */
  async ask(argv: readonly string[]): Promise<Answer> {
    return answerOf(await this.#shell.exec(['env', 'LC_ALL=C', ...argv], this.#limits));
  }

  /** As root where the login can be that, else as the login. */
  async askAsRoot(argv: readonly string[]): Promise<Answer> {
    if (this.root === undefined) return this.ask(argv);
    return answerOf(await this.root.operate('look', argv, this.#limits));
  }
}

function answerOf({ code, stdout }: ExecResult): Answer {
  return { code, output: new TextDecoder().decode(stdout) };
}
