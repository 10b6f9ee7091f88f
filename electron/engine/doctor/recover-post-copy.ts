import { ViaductError } from '../../common/errors.ts';
import { migrateFlags, noCookie, params, str } from '../../libvirt/index.ts';
import type { FinishResult } from '../../libvirt/index.ts';
import type { Clock } from '../clock.ts';
import type { MigrationLimits } from '../run/limits.ts';
import { checkedMigrateUri } from '../run/migrate-uri.ts';
import { DaemonError } from '../run/migration-link.ts';
import type { MigrationHost, MigrationLink, Sighting } from '../run/migration-link.ts';
import { ChangedMeanwhileError } from '../run/recovery-actions.ts';
import { NoAnswerError, within } from '../run/within.ts';

export interface PostCopyRecovery {
  /** The host that the guest left, with the rest of its memory. */
  source: MigrationHost;
  destination: MigrationHost;
  uuid: string;
  /** `tcp://HOST` where the source reaches the destination. */
  migrateUri: string;
  clock: Clock;
  limits: MigrationLimits;
  /** Ends both connections, whereupon the daemons leave off by themselves, or end what only needs the last pages. */
  signal: AbortSignal;
}

/**
 * Both ends take part in the same migration again; how its data is protected was fixed in QEMU when it began, so that the TLS
 * flag only serves hosts that insist on it (`migrate_tls_force`). The definition went over in the first Finish; that of the
 * source stays. Change protection is asked for by qemuMigrationAnyCanResume, of the source alone.
 */
const flags = migrateFlags.live | migrateFlags.postcopy | migrateFlags.postcopyResume | migrateFlags.tls;
const sourceFlags = flags | migrateFlags.changeProtection;

/**
 * Goes on with a migration whose post-copy failed on both hosts: all five phases once more with
 * `VIR_MIGRATE_POSTCOPY_RESUME` (libvirt 8.5). Resolves when the guest has all of its memory on the destination and the
 * source has ended its copy.
 *
 * Where it breaks, at whatever phase, both hosts are left as before (libvirt's `qemuMigrationDstFinishActive` never ends the
 * guest of a resumed migration), so it can be repeated. When this process is killed the daemons see it to its end.
 *
 * @throws {DaemonError} {MigrateUriError} it could not go on; {StillEndingError} not yet;
 * {RecoveryUnansweredError} the destination's QEMU may never; {ChangedMeanwhileError} nothing was touched
 */
export async function recoverPostCopy(recovery: PostCopyRecovery): Promise<void> {
  const { source, destination, uuid, clock, limits, signal } = recovery;
  const opened: MigrationLink[] = [];
  const leaveOff = (): void => void closeAll();
  signal.addEventListener('abort', leaveOff);
  try {
    const links = { source: await connect(source), destination: await connect(destination) };
    const [left, arrived] = await Promise.all([links.source.find(uuid), links.destination.find(uuid)]);
    if (left === undefined || arrived === undefined) throw new ChangedMeanwhileError();
    await takeUp(recovery, links, left, arrived.dom.name);
  } finally {
    signal.removeEventListener('abort', leaveOff);
    await closeAll();
  }

  async function closeAll(): Promise<void> {
    await Promise.all(opened.map((link) => link.close()));
  }

  async function connect(host: MigrationHost): Promise<MigrationLink> {
    const link = await within(clock, limits.connectMs, `connecting to ${host.name}`, (late) =>
      host.connect(late),
    );
    opened.push(link);
    return link;
  }
}

/**
 * An attempt that broke keeps the source's daemon for a while, whoever made it, and one whose maker was killed sends memory
 * until the end, though both daemons call it failed; nothing was touched.
 */
export class StillEndingError extends ViaductError {
  constructor(cause: DaemonError) {
    super('engine.still-ending', 'The source is still at the attempt before this one.', {
      side: 'source',
      remedy: 'Wait a minute, then look again; it may come to its end by itself.',
      cause,
    });
  }
}

/**
 * QEMU on the destination took no command. A device or an emulated processor that needs a page which is on the source alone waits
 * for it with QEMU's main lock held, and libvirt's `migrate-recover` does not come past it (seen with libvirt 9.0,
 * QEMU 10.0 and TCG: `handle_userfault` in the processor's thread, the main one at the lock).
 */
export class RecoveryUnansweredError extends ViaductError {
  constructor(cause: NoAnswerError) {
    super('engine.recovery-unanswered', 'QEMU on the destination has not taken up the recovery.', {
      side: 'destination',
      remedy:
        'Leave both hosts as they are and recover again. If it never answers, it waits for memory that is on the source ' +
        'alone and takes no commands: then the guest can only be ended on both hosts and started from its disks.',
      cause,
    });
  }
}

/** By the words of libvirt's `qemuMigrationAnyCanResume` and what it calls; the number stands for much else. */
const busyWords = ['actively monitored by another thread', 'migration is still running'];
function isBusy(error: unknown): error is DaemonError {
  return error instanceof DaemonError && busyWords.some((words) => error.message.includes(words));
}

/** A daemon's refusal says on which of the two it was. */
async function on<T>(side: 'source' | 'destination', answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
    const { errorCode, errorDomain, message, remedy } = error;
    throw new DaemonError(errorCode, errorDomain, message, {
      side,
      ...(remedy !== undefined && { remedy }),
      cause: error,
    });
  }
}

type Links = Record<'source' | 'destination', MigrationLink>;

/** @param arrivedAs the guest's name on the destination */
async function takeUp(
  { clock, limits, migrateUri }: PostCopyRecovery,
  { source, destination }: Links,
  { dom }: Sighting,
  arrivedAs: string,
): Promise<void> {
  const given = { destination_name: str(arrivedAs), migrate_uri: str(migrateUri) };
  const begun = await on(
    'source',
    within(clock, limits.beginMs, 'begin', () =>
      source.begin({ dom, params: params(given), flags: sourceFlags }),
    ),
  ).catch((error: unknown) => {
    throw isBusy(error) ? new StillEndingError(error) : error;
  });
  let list = params({ ...given, destination_xml: str(begun.xml) });
  const { cookie } = await forward().catch(async (error: unknown) => {
    await letGo();
    throw error;
  });
  await confirm(cookie, false);

  async function forward(): Promise<FinishResult> {
    const prepared = await on(
      'destination',
      within(clock, limits.prepareMs, 'prepare', () =>
        destination.prepare({ params: list, flags, cookie: begun.cookie }),
      ),
    ).catch((error: unknown) => {
      throw error instanceof NoAnswerError ? new RecoveryUnansweredError(error) : error;
    });
    const address = str(checkedMigrateUri(migrateUri, prepared.uri));
    list = params({ ...given, destination_xml: str(begun.xml), migrate_uri: address });
    const performed = await on(
      'source',
      source.perform({ dom, params: list, flags: sourceFlags, cookie: prepared.cookie }),
    );
    // It answers with the last page, however long that takes; a lost link ends the wait.
    return on(
      'destination',
      destination.finish({ params: list, flags, cookie: performed.cookie, cancelled: false }),
    );
  }

  function confirm(cookieIn: Uint8Array, cancelled: boolean): Promise<void> {
    return within(clock, limits.confirmMs, 'confirm', () =>
      source.confirm({ dom, params: list, flags: sourceFlags, cookie: cookieIn, cancelled }),
    );
  }

  /** Both may have noticed already, and say so. */
  async function letGo(): Promise<void> {
    const call = { params: list, flags, cookie: noCookie, cancelled: true };
    await within(clock, limits.finishMs, 'finish', () => destination.finish(call)).catch(() => undefined);
    await confirm(noCookie, true).catch(() => undefined);
  }
}
