import { quoteWord } from '../../common/shell-quote.ts';
import { randomUUID } from 'node:crypto';
import { messageOf, ViaductError } from '../../common/errors.ts';
import type { Clock } from '../clock.ts';
import type { JournalEntry } from '../journal/journal-entry.ts';
import type { RunJournal } from '../journal/run-journal.ts';
import type { MigrationLimits } from '../run/limits.ts';
import { DaemonError } from '../run/migration-link.ts';
import type { EngineLogger } from '../run/run-report.ts';
import { within } from '../run/within.ts';
import { volumeInWords, type DiskCopy, type NewVolume } from './disk-copy.ts';
import { inWords, type MadeStorage, type StorageReport } from './made-storage.ts';
import type { StorageHost, StorageLink } from './storage-host.ts';

/**
 * What becomes of the volumes that were made: `keep` them, the guest has moved; `remove` them, it provably stayed;
 * `leave` them, because where it runs is not known.
 */
export type VolumeFate = 'keep' | 'remove' | 'leave';

export interface VolumesRequest {
  copies: readonly DiskCopy[];
  /** The destination. */
  host: StorageHost;
  /** Whether the destination has the guest, running or arriving. */
  guestIsThere: () => Promise<boolean>;
  journal: RunJournal;
  /** What the journal of a run that was taken up says that it made. */
  made?: readonly MadeStorage[] | undefined;
  clock: Clock;
  limits: MigrationLimits;
  logger: EngineLogger | undefined;
}

/**
 * Makes the volumes that the destination lacks, and takes back what it made.
 *
 * The job makes them itself although libvirt would do so in Prepare: a volume that libvirt made is left over after a
 * failure, and nobody could tell it from one that was there before.
 */
export class TargetVolumes {
  readonly #request: VolumesRequest;
  readonly #made: MadeStorage[];

  constructor(request: VolumesRequest) {
    this.#request = request;
    this.#made = [...(request.made ?? [])];
  }

  /** Noted before it is made; what was made stays noted when this rejects. @throws {ViaductError} */
  async make(signal: AbortSignal): Promise<void> {
    const { copies, clock, limits } = this.#request;
    for (const { target, place } of copies) {
      if (place.kind === 'existing') continue;
      if (signal.aborted) throw new ViaductError('engine.stopped', 'The migration was told to stop.');
      await within(clock, limits.storageMs, `making the volume of ${target}`, () => this.#makeVolume(place));
    }
  }

  /** Call once, when it is known how the run ended. Never rejects. `undefined`: nothing was made. */
  async conclude(fate: VolumeFate): Promise<StorageReport | undefined> {
    const volumes = this.#made.filter(({ kind }) => kind === 'volume');
    const report: StorageReport = { kept: [], removed: [], left: [] };
    for (const volume of volumes) {
      if (fate === 'keep') report.kept.push(inWords(volume));
      else if (fate === 'leave') report.left.push({ path: inWords(volume), why: 'the guest may need it' });
      else await this.#conclude(volume, report);
    }
    for (const pool of this.#made.filter(({ kind }) => kind === 'pool')) await this.#conclude(pool, report);
    return Object.values(report).some(({ length }) => length > 0) ? report : undefined;
  }

  async #makeVolume(volume: NewVolume): Promise<void> {
    await this.#inPool(volume.in, async (link, pool) => {
      const noted = await this.#intend({
        kind: 'volume',
        state: 'intended',
        name: volume.name,
        path: volumeInWords(volume),
        in: volume.in,
      });
      try {
        await link.createVolume(pool, volume);
        this.#wasMade(noted);
      } catch (error) {
        // The daemon takes back what it could not make; only without its answer is that not known.
        if (error instanceof DaemonError) this.#forget(noted);
        throw error;
      }
    });
  }

  /** In the pool that is there, else in one of our own that lasts as long as the task. */
  async #inPool<T>(
    where: NewVolume['in'],
    task: (link: StorageLink, pool: string) => Promise<T>,
  ): Promise<T> {
    const link = await this.#link();
    const sight = 'pool' in where ? await link.poolNamed(where.pool) : await link.poolOf(where.directory);
    if (sight?.active === true) return task(link, sight.name);
    if (sight !== undefined || 'pool' in where) throw this.#noPool(sight?.name ?? volumePool(where));
    const uuid = randomUUID();
    const pool = { name: `viaduct-${uuid}`, uuid, directory: where.directory };
    const noted = await this.#intend({
      kind: 'pool',
      state: 'intended',
      name: pool.name,
      path: where.directory,
      uuid,
    });
    try {
      await link.startPool(pool);
      this.#wasMade(noted);
      return await task(link, pool.name);
    } finally {
      await this.#stopQuietly(noted, uuid);
    }
  }

  /** What stays is tried again at the end of the run. */
  async #stopQuietly(noted: MadeStorage, uuid: string): Promise<void> {
    try {
      await (await this.#link()).stopPool(uuid);
      this.#forget(noted);
    } catch (error) {
      this.#request.logger?.warn({ pool: noted.name, reason: messageOf(error) }, 'a pool was not stopped');
    }
  }

  async #conclude(item: MadeStorage, report: StorageReport): Promise<void> {
    const { clock, limits } = this.#request;
    const giveUpAtMs = clock.nowMs() + limits.patienceMs;
    for (;;) {
      try {
        const gone = await within(clock, limits.storageMs, `removing ${inWords(item)}`, () =>
          this.#remove(item),
        );
        if (item.kind === 'volume') this.#request.journal.note(goneEntry(item));
        if (gone && item.kind === 'volume') report.removed.push(inWords(item));
        return;
      } catch (error) {
        if (error instanceof DaemonError || error instanceof NotOursError || clock.nowMs() >= giveUpAtMs) {
          report.left.push({ path: inWords(item), why: messageOf(error) });
          return;
        }
        await clock.sleep(limits.lookEveryMs);
      }
    }
  }

  /** False where there was nothing to remove. */
  async #remove(item: MadeStorage): Promise<boolean> {
    if (item.kind === 'pool') {
      await (await this.#link()).stopPool(item.uuid);
      this.#forget(item);
      return true;
    }
    if (await this.#request.guestIsThere()) throw new GuestThereError(this.#request.host.name);
    return this.#inPool(item.in, async (link, pool) => {
      if (item.state === 'intended') {
        if (await link.hasVolume(pool, item.name)) throw new NotOursError();
        return false;
      }
      await link.deleteVolume(pool, item.name);
      return true;
    });
  }

  #link(): Promise<StorageLink> {
    const { host, clock, limits } = this.#request;
    return within(clock, limits.connectMs, `the storage of ${host.name}`, (signal) => host.storage(signal));
  }

  /** On disk before it is asked for. @throws {JournalError} where it cannot be; then nothing is made. */
  async #intend(item: MadeStorage): Promise<MadeStorage> {
    this.#made.push(item);
    this.#request.journal.note({ type: 'storage', item: { ...item } });
    try {
      await this.#request.journal.flush();
    } catch (error) {
      this.#forget(item);
      throw error;
    }
    return item;
  }

  #wasMade(item: MadeStorage): void {
    item.state = 'made';
    this.#request.journal.note({ type: 'storage', item: { ...item } });
  }

  #forget(item: MadeStorage): void {
    this.#made.splice(this.#made.indexOf(item), 1);
    this.#request.journal.note(goneEntry(item));
  }

  #noPool(pool: string): ViaductError {
    const { name } = this.#request.host;
    return new ViaductError('storage.pool', `The storage pool "${pool}" of ${name} is not active any more.`, {
      side: 'destination',
      remedy: `Start it on ${name}: virsh pool-start ${quoteWord(pool)}`,
    });
  }
}

function goneEntry({ kind, name, path }: MadeStorage): JournalEntry {
  return { type: 'storage-gone', kind, name, path };
}

function volumePool(where: NewVolume['in']): string {
  return 'pool' in where ? where.pool : where.directory;
}

class GuestThereError extends ViaductError {
  constructor(host: string) {
    super('storage.in-use', `${host} still has the guest that it belongs to.`);
  }
}

class NotOursError extends ViaductError {
  constructor() {
    super('storage.not-ours', 'The connection broke while it was made, so it may be somebody else’s.');
  }
}
