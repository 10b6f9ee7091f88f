import {
  digestHostFiles,
  digestOf,
  expectDone,
  keepHostFiles,
  putHostFile,
  readHostFile,
  restoreHostFile,
} from '../../common/host/host-files.ts';
import { HostChangeError } from '../../common/host/host-errors.ts';
import type { RootShell } from '../../common/host/root-shell.ts';
import { editText, type FileEdit } from '../config/file-edit.ts';
import { maxConfigurationBytes } from '../inspect.ts';
import type { WithheldContent } from '../plan/withheld-content.ts';
import type { FileStep, RootOperation, SetupStep } from './steps.ts';
import type { Digests } from './transaction-state.ts';

/** By path. */
export type Withheld = ReadonlyMap<string, WithheldContent>;

/** Long enough for a daemon with many guests to start again. */
const limits = { deadlineMs: 180_000, maxOutputBytes: 1024 * 1024 };

/**
 * Makes and takes back single steps on a host. Each may be repeated after it was cut off anywhere.
 *
 * An operation under way is never given up: its outcome would not be known.
 */
export class StepRunner {
  readonly #root: RootShell;
  readonly #transaction: string;
  readonly #withheld: Withheld;

  /** @param withheld what the journal does not have: nothing, where a setup is taken up again */
  constructor(root: RootShell, transaction: string, withheld: Withheld) {
    this.#root = root;
    this.#transaction = transaction;
    this.#withheld = withheld;
  }

  /** Copies what the step is going to touch, before it is touched. @returns what that was */
  async keep(step: SetupStep): Promise<Digests> {
    await keepHostFiles(this.#root, touchedBy(step), this.#transaction, limits);
    return this.#digests(touchedBy(step));
  }

  /** @returns what it touched, afterwards */
  async apply(step: SetupStep): Promise<Digests> {
    if (step.kind === 'file') await this.#putFile(step);
    else for (const operation of step.apply) await this.#operate(operation);
    return this.#digests(touchedBy(step));
  }

  /** Files that a program touched for us, and that somebody else has changed since. */
  async changedSince(touched: Digests): Promise<string[]> {
    const now = await this.#digests(Object.keys(touched));
    return Object.keys(touched).filter((path) => now[path] !== touched[path]);
  }

  /** Runs the programs that take a step back. */
  async runBack(step: SetupStep): Promise<void> {
    if (step.kind === 'file') return;
    for (const operation of step.revert.toReversed()) await this.#operate(operation);
  }

  /** Puts back the files of a step. `kept`: what was there before; `undefined` where the step was not made. */
  async putBack(step: SetupStep, kept: Digests | undefined, foreign: readonly string[]): Promise<void> {
    if (step.kind === 'file') return restoreHostFile(this.#root, step, this.#transaction, limits);
    const before = kept ?? (await this.#digests(step.touches));
    for (const path of step.touches.filter((touched) => !foreign.includes(touched))) {
      const change = { path, before: before[path] ?? 'absent', after: 'any' };
      await restoreHostFile(this.#root, change, this.#transaction, limits);
    }
  }

  /** Files that are neither as the steps left them nor as they were before: somebody else changed them. */
  async foreign(steps: readonly SetupStep[]): Promise<string[]> {
    const files = steps.filter((step) => step.kind === 'file');
    const now = await this.#digests(files.map(({ path }) => path));
    return files
      .filter(({ path, before, after }) => now[path] !== before && now[path] !== after)
      .map(({ path }) => path);
  }

  #digests(paths: readonly string[]): Promise<Digests> {
    return digestHostFiles(this.#root, paths, limits);
  }

  async #putFile(step: FileStep): Promise<void> {
    const { path, before, after, edit } = step;
    const file = await readHostFile(this.#root, path, maxConfigurationBytes, limits);
    const now = digestOf(file?.content);
    if (now !== after && now !== before) {
      throw new HostChangeError('host-file-changed', `${path} was changed by somebody else.`, {
        remedy: 'Look at a new plan.',
      });
    }
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(file?.content);
    // Made already: the host finds its work done, and clears away what a cut left.
    const content = now === after ? Buffer.from(text) : this.#edited(text, path, edit);
    await putHostFile(this.#root, step, content, this.#transaction, limits);
  }

  #edited(text: string, path: string, edit: FileEdit): Uint8Array {
    if (edit.kind !== 'withheld') return Buffer.from(editText(text, edit));
    const content = this.#withheld.get(path);
    if (content !== undefined) return content.reveal();
    throw new HostChangeError(
      'host-secret-gone',
      `What was to stand in ${path} has a password in it, which is kept nowhere and so is gone.`,
      { remedy: 'Prepare the host again, with the file of the password.' },
    );
  }

  async #operate({ operation, args }: RootOperation): Promise<void> {
    const result = await this.#root.operate(operation, args, limits);
    const shown = operation === 'run' ? args.join(' ') : `${operation} ${args.join(' ')}`;
    expectDone(result, `"${shown}" failed`);
  }
}

function touchedBy(step: SetupStep): readonly string[] {
  return step.kind === 'file' ? [] : step.touches;
}
