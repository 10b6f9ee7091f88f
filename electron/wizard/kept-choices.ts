import { ViaductError } from '../common/errors.ts';
import { WizardFile } from './wizard-file.ts';
import { problemOf } from './wizard-problem.ts';
import type { WizardHosts } from './wizard-setting.ts';
import type { WizardState } from './wizard-state.ts';
import { freshEntry } from './fresh-entry.ts';

/** Keeps what was chosen over the end of the app. */
export class KeptChoices {
  readonly #file: WizardFile;
  readonly #state: WizardState;
  /** Why the file must not be written over. */
  #refusal: ViaductError | undefined;

  constructor(home: string, state: WizardState) {
    this.#file = new WizardFile(home);
    this.#state = state;
  }

  /** A host is found again by its id, or by its connect URI where it was taken off the board and added again. */
  async restore(hosts: WizardHosts): Promise<void> {
    try {
      const choices = await this.#file.read();
      if (choices === undefined) return;
      const { hosts: chosen, step, authority, namesSeen, wishes } = choices;
      this.#state.setHosts(
        chosen.map(({ hostId, connectUri, names }) => {
          const onBoard = hosts.idOf(connectUri);
          const name = onBoard === undefined ? connectUri : hosts.host(onBoard).name;
          return { ...freshEntry({ hostId: onBoard ?? hostId, name, connectUri }), given: names };
        }),
      );
      this.#state.update({ step, authority, namesSeen, wishes });
    } catch (error) {
      if (!(error instanceof ViaductError)) throw error;
      if (error.code === 'wizard-file-newer') this.#refusal = error;
      this.#state.setProblem('hosts', problemOf(error));
    }
  }

  /** @throws ViaductError `wizard-file-newer`. */
  requireWritable(): void {
    if (this.#refusal) throw this.#refusal;
  }

  /** What cannot be written is told at the step: the work itself goes on. */
  async save(): Promise<void> {
    if (this.#refusal) return;
    try {
      await this.#file.write(this.#state.choices());
    } catch (error) {
      this.#state.setProblem(this.#state.fields.step, problemOf(error));
    }
  }
}
