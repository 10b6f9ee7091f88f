import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../common/atomic-file.ts';
import { PkiError } from '../pki/pki-error.ts';

const fileSchema = z.strictObject({
  version: z.literal(1),
  hosts: z.record(z.string().min(1), z.string().min(1)),
});

/** By which connect URI each host got its certificates, in `hosts.json` beside the authorities: the ledger has names alone. */
export class DeployedHosts {
  readonly #folder: string;
  readonly #path: string;

  constructor(home: string) {
    this.#folder = join(home, 'pki');
    this.#path = join(this.#folder, 'hosts.json');
  }

  /** Connect URIs by the hosts' names. @throws {PkiError} `pki-hosts-unreadable`. */
  async read(): Promise<ReadonlyMap<string, string>> {
    try {
      const { hosts } = fileSchema.parse(JSON.parse(await readFile(this.#path, 'utf8')));
      return new Map(Object.entries(hosts));
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return new Map();
      throw new PkiError(
        'pki-hosts-unreadable',
        `The list of hosts with certificates in ${this.#path} cannot be read.`,
        {
          cause,
          side: 'client',
          remedy: 'Mend the file, or move it away and deploy to the hosts again.',
        },
      );
    }
  }

  async remember(hosts: readonly { name: string; connectUri: string }[]): Promise<void> {
    const known = new Map(await this.read());
    for (const { name, connectUri } of hosts) known.set(name, connectUri);
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const text = JSON.stringify({ version: 1, hosts: Object.fromEntries(known) }, undefined, 2);
    await writeFileAtomically(this.#path, `${text}\n`);
  }
}
