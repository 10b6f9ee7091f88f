import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { quoteCommand } from '../../../electron/common/shell-quote.ts';

/** What is typed when a question is shown. */
export interface TypedAnswer {
  to: RegExp;
  answer: string;
}

const root = join(import.meta.dirname, '..', '..', '..');

/** Runs the command line at a terminal, and answers its questions as a person does. @returns all that was shown */
export function typedRun(
  args: readonly string[],
  home: string,
  answers: readonly TypedAnswer[],
): Promise<{ code: number; shown: string }> {
  const command = quoteCommand(['npm', 'run', '-s', 'viaduct', '--', ...args]);
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: root,
    env: { ...process.env, VIADUCT_HOME: home },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  let answered = 0;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    shown += chunk;
    const open = shown.slice(answered);
    const match = answers.find(({ to }) => to.test(open));
    if (match === undefined) return;
    answered = shown.length;
    child.stdin.write(`${match.answer}\r`);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, shown }));
  });
}
