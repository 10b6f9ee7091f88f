import { migrateFlags } from '../../libvirt/index.ts';
import type { MigrationPlan } from '../plan.ts';

export interface PhaseFlags {
  /** Begin, Perform and Confirm. */
  source: number;
  /** Prepare and Finish. */
  destination: number;
}

/** What only the source's daemon takes part in. */
const sourceOnly = migrateFlags.abortOnError | migrateFlags.autoConverge | migrateFlags.changeProtection;

/**
 * The flags of every call of a run, computed once (a peer-to-peer run makes one call, on the source): source and destination each believe what they are told, and
 * different flags end in a broken stream, not in an error.
 *
 * A persistent guest takes its definition along: it is defined on the destination and, unless it is to be kept,
 * undefined on the source. Of one that is shut off nothing else goes.
 */
export function phaseFlags(
  plan: MigrationPlan,
  now: { changeProtection: boolean; guestIsPaused: boolean },
): PhaseFlags {
  const { options } = plan;
  const peer = plan.control === 'p2p';
  const all = [
    ...(options.offline ? [migrateFlags.offline, tlsFlag(plan)] : dataFlags(plan)),
    peer ? migrateFlags.peer2peer : 0,
    definesDestination(plan) ? migrateFlags.persistDest : 0,
    undefinesSource(plan) ? migrateFlags.undefineSource : 0,
    now.changeProtection && !peer ? migrateFlags.changeProtection : 0,
    now.guestIsPaused || startsByUs(plan) ? migrateFlags.paused : 0,
  ].reduce((sum, flag) => sum | flag, 0);
  return { source: all, destination: all & ~sourceOnly };
}

/** How the guest's data travels. */
function dataFlags(plan: MigrationPlan): number[] {
  const { guest, options, storageProvenShared } = plan;
  const copy = options.disks === 'incremental' ? migrateFlags.nonSharedInc : migrateFlags.nonSharedDisk;
  return [
    migrateFlags.live,
    options.mode === 'tunnelled' ? migrateFlags.tunnelled : 0,
    tlsFlag(plan),
    guest.disks.length > 0 ? copy : 0,
    storageProvenShared ? migrateFlags.unsafe : 0,
    options.autoConverge ? migrateFlags.autoConverge : 0,
    options.parallel === undefined ? 0 : migrateFlags.parallel,
    options.compress === undefined ? 0 : migrateFlags.compressed,
    options.postCopy ? migrateFlags.postcopy : 0,
  ];
}

/** A host that insists on it (migrate_tls_force) wants it of every migration, also where no data is to be encrypted. */
function tlsFlag({ options }: MigrationPlan): number {
  return options.mode === 'native-tls' ? migrateFlags.tls : 0;
}

/**
 * Whether a peer-to-peer migration leaves the guest paused on the destination for Viaduct to set going. A guest that may
 * switch to post-copy cannot wait: it fetches its memory as it runs.
 */
export function startsByUs({ control, options }: Pick<MigrationPlan, 'control' | 'options'>): boolean {
  return control === 'p2p' && options.unattended !== true && !options.postCopy && !options.offline;
}

export function definesDestination({ guest, options }: MigrationPlan): boolean {
  return guest.persistent || options.persist;
}

export function undefinesSource({ guest, options }: MigrationPlan): boolean {
  return guest.persistent && !options.keepSourceDefinition;
}
