import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../common/atomic-file.ts';
import { ViaductError } from '../common/errors.ts';
import { wizardSteps } from './wizard-snapshot.ts';

const version = 1;
const text = z.string().min(1).max(2000);

const choicesSchema = z.strictObject({
  step: z.enum(wizardSteps),
  hosts: z
    .array(
      z.strictObject({
        hostId: text,
        connectUri: text,
        /** Only where the admin gave them. */
        names: z.array(z.string().min(1).max(253)).min(1).max(64).optional(),
      }),
    )
    .max(64),
  authority: text.optional(),
  namesSeen: z.boolean(),
  wishes: z.strictObject({
    listener: z.boolean(),
    firewall: z.boolean(),
    forceTls: z.boolean(),
    allowOnlyKnown: z.boolean(),
  }),
});

const fileSchema = z.strictObject({ version: z.literal(version), choices: choicesSchema });
const versionSchema = z.object({ version: z.number() });

/** What the admin chose, as far as it cannot be found out again by looking. */
export type WizardChoices = z.output<typeof choicesSchema>;

/** `wizard.json` in the folder of Viaduct's state, readable by its owner alone. */
export class WizardFile {
  readonly #path: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(home: string) {
    this.#path = join(home, 'wizard.json');
  }

  /**
   * `undefined`: nothing was kept.
   *
   * @throws ViaductError `wizard-file-damaged`; `wizard-file-newer`, which must not be written over.
   */
  async read(): Promise<WizardChoices | undefined> {
    let content: unknown;
    try {
      content = JSON.parse(await readFile(this.#path, 'utf8'));
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
      throw this.#damaged(cause);
    }
    const found = versionSchema.safeParse(content);
    if (found.success && found.data.version > version) throw this.#newer(found.data.version);
    const file = fileSchema.safeParse(content);
    if (!file.success) throw this.#damaged(file.error);
    return file.data.choices;
  }

  /** Durable once it resolves. Writes follow each other in the order of the calls. */
  write(choices: WizardChoices): Promise<void> {
    const content = `${JSON.stringify({ version, choices }, undefined, 2)}\n`;
    const write = () => writeFileAtomically(this.#path, content);
    this.#writing = this.#writing.then(write, write);
    return this.#writing;
  }

  #damaged(cause: unknown): ViaductError {
    return new ViaductError(
      'wizard-file-damaged',
      `What was chosen before, in ${this.#path}, cannot be read, so the choice begins anew.`,
      { cause, side: 'client', remedy: 'Choose the hosts again; what was done on them is found again.' },
    );
  }

  #newer(found: number): ViaductError {
    return new ViaductError(
      'wizard-file-newer',
      `${this.#path} is of a newer Viaduct (version ${found} of that file), and is left as it is.`,
      { side: 'client', remedy: 'Use that newer Viaduct, or move the file away to begin anew.' },
    );
  }
}
