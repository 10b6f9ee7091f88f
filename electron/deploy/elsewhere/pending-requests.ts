import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../../common/atomic-file.ts';
import { certificateUsers } from '../../pki/ledger-entries.ts';
import { PkiError } from '../../pki/pki-error.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const pendingRequest = z.strictObject({
  authority: z.string().min(1),
  at: z.iso.datetime(),
  keys: z.array(
    z.strictObject({
      tree: z.enum(certificateUsers),
      purpose: z.enum(['server', 'client']),
      /** Of the file in which the key waits on the host. */
      digest: sha256,
      keyFingerprint: sha256,
    }),
  ),
});
export type PendingRequest = z.infer<typeof pendingRequest>;
export type PendingKey = PendingRequest['keys'][number];

const fileSchema = z.strictObject({
  version: z.literal(1),
  hosts: z.record(z.string().min(1), pendingRequest),
});

/**
 * Keys that wait on hosts for their certificates, in `requests.json` beside the authorities: by it a key that waits is
 * known again. It holds no key.
 */
export class PendingRequests {
  readonly #folder: string;
  readonly #path: string;

  constructor(home: string) {
    this.#folder = join(home, 'pki');
    this.#path = join(this.#folder, 'requests.json');
  }

  /** By host. @throws {PkiError} `pki-requests-unreadable`. */
  async read(): Promise<ReadonlyMap<string, PendingRequest>> {
    try {
      const { hosts } = fileSchema.parse(JSON.parse(await readFile(this.#path, 'utf8')));
      return new Map(Object.entries(hosts));
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return new Map();
      throw new PkiError(
        'pki-requests-unreadable',
        `The list of open requests in ${this.#path} cannot be read.`,
        {
          cause,
          side: 'client',
          remedy: 'Move the file away, and run "viaduct pki request" again.',
        },
      );
    }
  }

  /** In place of an earlier one of that host. */
  put(host: string, request: PendingRequest): Promise<void> {
    return this.#change((all) => all.set(host, request));
  }

  remove(host: string): Promise<void> {
    return this.#change((all) => all.delete(host));
  }

  async #change(change: (all: Map<string, PendingRequest>) => void): Promise<void> {
    const all = new Map(await this.read());
    change(all);
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const text = JSON.stringify({ version: 1, hosts: Object.fromEntries(all) }, undefined, 2);
    await writeFileAtomically(this.#path, `${text}\n`);
  }
}
