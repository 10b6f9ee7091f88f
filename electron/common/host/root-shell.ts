import { printable } from '../printable.ts';
import { HostRightsError } from './host-errors.ts';
import type { ExecLimits, ExecResult, HostShell } from './host-shell.ts';
import { inputMarker, rootScript } from './root-script.ts';
import type { SudoPrompts } from './sudo-prompts.ts';

/** How commands become root's: by the login itself, by sudo without asking, or by sudo with the user's password. */
export type Privilege = 'root' | 'sudo' | 'sudo-password';

/** The words of `rootScript`, see there. */
export const operations = [
  'read',
  'put',
  'keep',
  'restore',
  'digest',
  'look',
  'listener_on',
  'listener_off',
  'nft_insert',
  'nft_remove',
  'run',
] as const;
export type Operation = (typeof operations)[number];

const lockFile = '/run/viaduct-setup.lock';
const maxAttempts = 3;
const markerLine = new TextEncoder().encode(`${inputMarker}\n`);
const sudoAlways = ['sudo', '-n', '--'];
/** Ignores what it may remember from before, so that the password is always read, and never by the command. */
const sudoWithPassword = ['sudo', '-S', '-k', '-p', '', '--'];

/** Root's hand on a host: the operations of `rootScript`, run by whichever way the login has. */
export class RootShell {
  readonly privilege: Privilege;
  readonly #shell: HostShell;
  readonly #prefix: readonly string[];
  /** The password line for sudo; empty where none is wanted. In memory for as long as this object, and nowhere else. */
  readonly #password: Uint8Array;

  private constructor(shell: HostShell, privilege: Privilege, password = new Uint8Array()) {
    this.#shell = shell;
    this.privilege = privilege;
    this.#password = password;
    this.#prefix = { root: [], sudo: sudoAlways, 'sudo-password': sudoWithPassword }[privilege];
  }

  /** @throws {HostRightsError} the login cannot become root, with what it lacks. */
  static async open(
    shell: HostShell,
    host: string,
    prompts: SudoPrompts,
    signal?: AbortSignal,
  ): Promise<RootShell> {
    const limits = { ...(signal && { signal }), deadlineMs: 30_000, maxOutputBytes: 4096 };
    const uid = await firstLine(shell, ['id', '-u'], limits);
    const user = await firstLine(shell, ['id', '-un'], limits);
    if (uid === '0') return new RootShell(shell, 'root');
    const silent = await shell.exec([...sudoAlways, 'sh', '-c', 'exit 0'], limits);
    if (silent.code === 0) return new RootShell(shell, 'sudo');
    if (silent.code === 127) throw HostRightsError.noSudo(host, user);
    if (!/password/i.test(silent.stderr)) throw HostRightsError.refused(host, user, silent.stderr);
    if (!prompts.interactive) throw HostRightsError.cannotAsk(host, user);
    return RootShell.#withPassword(shell, host, user, prompts, limits);
  }

  static async #withPassword(
    shell: HostShell,
    host: string,
    user: string,
    prompts: SudoPrompts,
    limits: ExecLimits,
  ): Promise<RootShell> {
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      const password = await prompts.askSudoPassword({ host, user, attempt }, limits.signal);
      if (password === undefined) throw HostRightsError.notGiven(host, user);
      const line = new TextEncoder().encode(`${password.replace(/[\r\n].*/s, '')}\n`);
      const { code, stderr } = await shell.exec([...sudoWithPassword, 'sh', '-c', 'exit 0'], {
        ...limits,
        stdin: line,
      });
      if (code === 0) return new RootShell(shell, 'sudo-password', line);
      if (!/try again|incorrect password|no password/i.test(stderr)) {
        throw HostRightsError.refused(host, user, stderr);
      }
    }
    throw HostRightsError.wrongPassword(host, user);
  }

  /** Runs one operation to its end. Any exit status is a result. */
  operate(
    operation: Operation,
    args: readonly string[],
    { stdin, ...limits }: ExecLimits = {},
  ): Promise<ExecResult> {
    const argv = [...this.#prefix, 'sh', '-c', rootScript, 'viaduct', lockFile, operation, ...args];
    const input = Buffer.concat([this.#password, markerLine, ...(stdin ? [stdin] : [])]);
    return this.#shell.exec(argv, { ...limits, stdin: input });
  }

  /** Whatever makes up the password must not show where this object is printed. */
  toJSON(): object {
    return { privilege: this.privilege };
  }
}

async function firstLine(shell: HostShell, argv: readonly string[], limits: ExecLimits): Promise<string> {
  const { stdout } = await shell.exec(argv, limits);
  return printable(new TextDecoder().decode(stdout).split('\n')[0] ?? '', 100);
}
