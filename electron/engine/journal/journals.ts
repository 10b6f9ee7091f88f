import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../../common/atomic-file.ts';
import { OwnerClaims, type Claim, type Owner } from '../../common/owner-claims.ts';
import { JournalError, owned, unfinished, unreadable, unwritable } from './journal-error.ts';
import { JournalFile } from './journal-file.ts';
import { makeHeader, type HeaderRequest, type JournalHeader } from './journal-header.ts';

/** Ended journals are kept for whoever asks how it went, and the newest so many of them. */
const keptEnded = 100;
const ending = '.journal';

/** A migration that has a journal and no end. */
export interface UnfinishedMigration {
  id: string;
  header: JournalHeader;
  /** The process that is at it, or was: then it is on another machine or in another container. */
  owner: Owner | undefined;
}

export interface JournalTrouble {
  path: string;
  error: JournalError;
}

/** A journal of which this process is the only owner, until it is given back. */
export interface OwnedJournal {
  readonly file: JournalFile;
  /** Settled: nothing is left to do. Never rejects. */
  readonly end: () => Promise<void>;
  /** Left as it is, for whoever takes it up next. Never rejects. */
  readonly release: () => Promise<void>;
}

/**
 * The journals of all migrations that have not ended, of every process: `VIADUCT_HOME/journal`, a file each. Those that
 * have ended are moved to `ended` below it.
 */
export class Journals {
  readonly folder: string;
  readonly #home: string;
  readonly #ended: string;

  constructor(home: string) {
    this.#home = home;
    this.folder = join(home, 'journal');
    this.#ended = join(this.folder, 'ended');
  }

  /**
   * Begins the journal of a run. Durable once it resolves.
   *
   * @throws {JournalError} `journal-unwritable`; `journal-owned` and `journal-unfinished` where there is another
   * migration of that guest.
   */
  async create(request: HeaderRequest): Promise<OwnedJournal> {
    const header = makeHeader(request);
    const path = this.#path(header.id);
    await this.#makeFolders();
    await this.#requireSettled(header.plan.guest);
    const claim = await this.#claim(header.id, header.plan.guest.name);
    try {
      return this.#own(await JournalFile.create(path, header), claim);
    } catch (error) {
      await claim.release();
      throw error;
    }
  }

  /** What has no end, oldest first, and what cannot be read. @throws {JournalError} `journal-unreadable` */
  async unfinished(): Promise<{ migrations: UnfinishedMigration[]; troubles: JournalTrouble[] }> {
    const migrations: UnfinishedMigration[] = [];
    const troubles: JournalTrouble[] = [];
    for (const id of await this.#ids()) {
      const path = this.#path(id);
      try {
        const { header, replayed } = await JournalFile.read(path);
        const owner = await this.#claims(id).owner();
        if (owner === undefined && replayed.hasEnded) await this.#putAway(id);
        else migrations.push({ id, header, owner });
      } catch (error) {
        if (await isGone(path)) continue;
        troubles.push({ path, error: error instanceof JournalError ? error : unreadable(path, error) });
      }
    }
    return { migrations: migrations.toSorted((a, b) => a.header.at.localeCompare(b.header.at)), troubles };
  }

  /**
   * Makes this process the owner of what another left.
   *
   * @returns `undefined` where it has ended meanwhile.
   * @throws {JournalError} `journal-owned` and those of reading and writing it.
   */
  async take({ id, header }: Pick<UnfinishedMigration, 'id' | 'header'>): Promise<OwnedJournal | undefined> {
    const path = this.#path(id);
    const claim = await this.#claim(id, header.plan.guest.name);
    try {
      if (!(await isGone(path))) {
        const file = await JournalFile.resume(path);
        if (!file.replayed.hasEnded) return this.#own(file, claim);
        await file.close();
      }
    } catch (error) {
      await claim.release();
      throw error;
    }
    await claim.release();
    return undefined;
  }

  #own(file: JournalFile, claim: Claim): OwnedJournal {
    const { id } = file.header;
    return {
      file,
      end: async () => {
        await file.record({ type: 'ended' }).catch(() => undefined);
        await file.close();
        if (file.broken === undefined) await this.#putAway(id).catch(() => undefined);
        await claim.release();
      },
      release: async () => {
        await file.close();
        await claim.release();
      },
    };
  }

  async #makeFolders(): Promise<void> {
    try {
      const made = await mkdir(this.#ended, { recursive: true, mode: 0o700 });
      if (made === undefined) return;
      await syncFolder(this.folder);
      await syncFolder(this.#home);
    } catch (error) {
      throw unwritable(this.folder, error);
    }
  }

  async #requireSettled({ uuid, name }: JournalHeader['plan']['guest']): Promise<void> {
    const { migrations } = await this.unfinished();
    const other = migrations.find(({ header }) => header.plan.guest.uuid === uuid);
    if (other !== undefined) throw other.owner === undefined ? unfinished(name) : owned(name, other.owner);
  }

  async #claim(id: string, guest: string): Promise<Claim> {
    const taken = await this.#claims(id)
      .take()
      .catch((error: unknown) => {
        throw unwritable(this.folder, error);
      });
    if ('claim' in taken) return taken.claim;
    throw owned(guest, taken.owner);
  }

  /** Out of the way, with the claims of those who ended on it; of the older ones some are let go. */
  async #putAway(id: string): Promise<void> {
    await rename(this.#path(id), join(this.#ended, id + ending));
    await this.#claims(id).clear();
    const aged = await Promise.all(
      (await readdir(this.#ended)).map(async (name) => {
        const path = join(this.#ended, name);
        return { path, atMs: (await stat(path)).mtimeMs };
      }),
    );
    const old = aged.toSorted((a, b) => b.atMs - a.atMs).slice(keptEnded);
    await Promise.all(old.map(({ path }) => rm(path, { force: true })));
  }

  async #ids(): Promise<string[]> {
    try {
      const names = await readdir(this.folder);
      return names.filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw unreadable(this.folder, error);
    }
  }

  #claims(id: string): OwnerClaims {
    return new OwnerClaims(this.folder, id);
  }

  #path(id: string): string {
    return join(this.folder, id + ending);
  }
}

/** Ended by its owner between the listing and the look. */
async function isGone(path: string): Promise<boolean> {
  try {
    await stat(path);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT';
  }
}
