import { spawn, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';

/** A program and its arguments; it keeps the machine awake until its standard input ends. */
export type WakefulCommand = readonly [program: string, ...args: string[]];

/** What the system itself has for that; `undefined` where nothing is known of it. Each holds while `cat` waits. */
export function wakefulCommand(platform: NodeJS.Platform): WakefulCommand | undefined {
  switch (platform) {
    case 'linux':
      return [
        ...(['systemd-inhibit', '--what=sleep:idle', '--mode=block'] as const),
        ...['--who=Viaduct', '--why=A guest is being moved', 'cat'],
      ];
    case 'darwin':
      return ['caffeinate', '-i', '-s', 'cat'];
    default:
      return undefined;
  }
}

/** Keeps this machine from going to sleep, by a program of its system that lives for as long as it is needed. */
export class SleepInhibitor {
  readonly #command: WakefulCommand | undefined;
  readonly #warn: (sentence: string) => void;
  #hasWarned = false;

  /** @param warn is told once that the machine may go to sleep */
  constructor(command: WakefulCommand | undefined, warn: (sentence: string) => void) {
    this.#command = command;
    this.#warn = warn;
  }

  /** Holds until disposed of, or until this process is gone, however it ends. Never throws. */
  hold(): Disposable {
    if (this.#command === undefined) {
      this.#say('nothing is known here that prevents it');
      return { [Symbol.dispose]: () => undefined };
    }
    const [program, ...args] = this.#command;
    // A session of its own: what the terminal sends ends the move, which still has to be undone, and not this program;
    // and nothing can be asked on that terminal.
    const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    let isWanted = true;
    child.on('error', (error) => this.#say(`${program} cannot be run (${error.message})`));
    child.on('exit', (code) => {
      if (isWanted) this.#say(`${program} ended with ${code === null ? 'a signal' : `status ${code}`}`);
    });
    leaveAlone(child);
    return {
      [Symbol.dispose]: () => {
        isWanted = false;
        child.stdin.end();
      },
    };
  }

  #say(why: string): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#warn(`This machine may go to sleep while a guest moves, which would break the move off: ${why}.`);
  }
}

/** It is no reason for this process to stay, and a broken pipe to it is told by its end. */
function leaveAlone(child: ChildProcess): void {
  child.unref();
  const { stdin } = child;
  stdin?.on('error', () => undefined);
  if (stdin instanceof Socket) stdin.unref();
}
