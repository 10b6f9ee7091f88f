import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { SudoPrompts } from '../common/host/sudo-prompts.ts';
import type { HostPrompts } from '../hosts/host-prompts.ts';
import { hostKeyWarning } from '../ssh/prompts.ts';
import { printable } from './output/printable.ts';

/** Lets the question through and keeps what is typed off the screen. */
class SilentEcho extends Writable {
  muted = false;

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (!this.muted) process.stderr.write(chunk);
    done();
  }
}

function ask(question: string, echo: boolean, signal: AbortSignal): Promise<string | undefined> {
  const output = new SilentEcho();
  const terminal = createInterface({ input: process.stdin, output, terminal: true });
  return new Promise((resolve) => {
    const end = (answer: string | undefined) => {
      signal.removeEventListener('abort', giveUp);
      terminal.close();
      if (!echo) process.stderr.write('\n');
      resolve(answer);
    };
    const giveUp = () => end(undefined);
    signal.addEventListener('abort', giveUp);
    terminal.on('SIGINT', giveUp);
    terminal.question(question.replace(/[^\n]+/g, printable), end);
    output.muted = !echo;
  });
}

/** Questions of connection attempts, asked on the terminal. Only for a standard input that is one. */
export const terminalPrompts: HostPrompts = {
  interactive: true,
  confirmHostKey: async (question, signal) => {
    const { host, port, type, fingerprint, file } = question;
    const lines = [
      `The host key of ${host} port ${port} is not known.`,
      `  ${type} ${fingerprint}`,
      ...[hostKeyWarning(question)].filter((warning) => warning !== undefined),
      `Compare it with the host's own. Trust it and write it to ${file}? (yes/no) `,
    ];
    return (await ask(lines.join('\n'), true, signal)) === 'yes';
  },
  askPassphrase: ({ keyFile, attempt }, signal) =>
    ask(`${attempt > 1 ? 'That was not it. ' : ''}Passphrase of ${keyFile}: `, false, signal),
  answerChallenge: async ({ host, user, prompts }, signal) => {
    const answers: string[] = [];
    for (const { text, echo } of prompts) {
      const answer = await ask(`${user} at ${host}: ${text}`, echo, signal);
      if (answer === undefined) return undefined;
      answers.push(answer);
    }
    return answers;
  },
  askLogin: async ({ host, mechanism, user: known, attempt }, signal) => {
    const again = attempt > 1 ? 'That was refused. ' : '';
    const user =
      known ??
      (await ask(`${again}The daemon of ${host} asks for a login (${mechanism}). User: `, true, signal));
    if (user === undefined || user === '') return undefined;
    const password = await ask(`${again}Password of ${user} for the daemon of ${host}: `, false, signal);
    return password === undefined ? undefined : { user, password };
  },
};

/** The password that `sudo` on a host wants, asked on the terminal. */
export const terminalSudoPrompts: SudoPrompts = {
  interactive: true,
  askSudoPassword: ({ host, user, attempt }, signal = new AbortController().signal) =>
    ask(`${attempt > 1 ? 'That was not it. ' : ''}Password of ${user} for sudo on ${host}: `, false, signal),
};

/** A question that only "yes" agrees to. */
export async function confirmOnTerminal(question: string, signal: AbortSignal): Promise<boolean> {
  return (await ask(`${question} (yes/no) `, true, signal)) === 'yes';
}
