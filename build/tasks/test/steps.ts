import { spawn } from 'node:child_process';

export interface Counts {
  passed: number;
  failed: number;
}

export interface Step {
  name: string;
  argv: readonly string[];
  env?: Record<string, string>;
  /** Its output is shown also when it succeeds. */
  showAlways?: boolean;
  /** Reads the counts that the step left behind; without it the step counts as one. */
  counts?: () => Counts;
}

export const say = (text: string): void => void process.stdout.write(`${text}\n`);
export const secondsSince = (begun: number): number => Math.round((Date.now() - begun) / 1000);

const PROGRESS_MS = 30_000;

/**
 * Runs programs, several at a time if asked to, with a line for each at its end and one every 30 s meanwhile; their
 * output is shown in one piece, after they have ended. Adds up what they count.
 */
export class Steps {
  readonly total: Counts = { passed: 0, failed: 0 };
  readonly #root: string;
  readonly #interruption: AbortSignal;

  constructor(root: string, interruption: AbortSignal) {
    this.#root = root;
    this.#interruption = interruption;
  }

  /** Runs a step and counts it. An interruption ends it, and lets none begin. @returns whether it succeeded */
  async run(step: Step): Promise<boolean> {
    if (this.#interruption.aborted) return false;
    const { counts, code } = await this.runUncounted(step);
    this.total.passed += counts.passed;
    // A runner that fails without a failed test (a crash, no test found) is a failure of its own.
    this.total.failed += code !== 0 && counts.failed === 0 ? 1 : counts.failed;
    return code === 0;
  }

  /** Counts a failure that is no step's. */
  fail(what: string): void {
    this.total.failed += 1;
    say(`FAILED ${what}`);
  }

  /** What prepares or clears up: it is run also after an interruption, and only its failure counts. */
  async prepare(step: Step): Promise<boolean> {
    const { code } = await this.runUncounted(step);
    if (code !== 0) this.total.failed += 1;
    return code === 0;
  }

  async runUncounted(step: Step): Promise<{ code: number; counts: Counts }> {
    const begun = Date.now();
    const tick = setInterval(() => say(`  ${step.name}: running, ${secondsSince(begun)} s`), PROGRESS_MS);
    const { code, output } = await this.#execute(step);
    clearInterval(tick);
    const ok = code === 0;
    const counts = step.counts?.() ?? { passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
    if (!ok || step.showAlways === true) process.stdout.write(output);
    const tests = step.counts === undefined ? '' : `, ${counts.passed} passed, ${counts.failed} failed`;
    say(`${ok ? 'ok    ' : 'FAILED'} ${step.name} (${secondsSince(begun)} s${tests})`);
    return { code, counts };
  }

  #execute({ argv, env }: Step): Promise<{ code: number; output: Buffer }> {
    const [program = '', ...args] = argv;
    const output: Buffer[] = [];
    const child = spawn(program, args, {
      cwd: this.#root,
      env: { ...process.env, VIADUCT_LAB_KEEP: '1', FORCE_COLOR: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stop = (): void => void child.kill('SIGTERM');
    this.#interruption.addEventListener('abort', stop);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => output.push(chunk));
    }
    return new Promise((resolve) => {
      const end = (code: number): void => {
        this.#interruption.removeEventListener('abort', stop);
        resolve({ code, output: Buffer.concat(output) });
      };
      child.on('error', (error) => {
        output.push(Buffer.from(`${error.message}\n`));
        end(1);
      });
      child.on('close', (code) => end(code ?? 1));
    });
  }
}
