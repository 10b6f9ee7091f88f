import { int, params, str, ullong } from '../../libvirt/index.ts';
import type { TypedParameter } from '../../libvirt/index.ts';
import type { MigrationPlan } from '../plan.ts';

/** What is learned on the way and goes into the parameters of the later phases. */
export interface LearnedParameters {
  /** From Begin; Prepare must be given exactly this. */
  destinationXml?: string | undefined;
  /** The destination's answer to Prepare, checked; replaces the planned address. */
  migrateUri?: string | undefined;
  /** Where copied disks go when they have an address of their own. */
  disksUri?: string | undefined;
  /** Finish must name the guest, even when it keeps its name. */
  destinationName?: string | undefined;
}

/** The one parameter list of a run; all phases get the same, with what was learned until then. */
export function phaseParameters(plan: MigrationPlan, learned: LearnedParameters = {}): TypedParameter[] {
  const { guest, options } = plan;
  const bandwidth = options.bandwidthMiBps;
  return params({
    migrate_uri: optionalText(learned.migrateUri ?? plan.migrateUri),
    disks_uri: optionalText(learned.disksUri),
    destination_xml: optionalText(learned.destinationXml),
    destination_name: optionalText(options.rename ?? learned.destinationName),
    bandwidth: bandwidth === undefined ? undefined : ullong(BigInt(bandwidth)),
    migrate_disks: guest.disks.length > 0 ? guest.disks.map(str) : undefined,
    'parallel.connections': options.parallel === undefined ? undefined : int(options.parallel),
    compression: optionalText(options.compress),
    'tls.destination': optionalText(expectedName(plan)),
  });
}

/**
 * A managed run checks the data address that the destination answers with. In a peer-to-peer one the source's daemon
 * goes where it is told; so its QEMU is told whom to expect there. With parallel connections as well, because libvirt
 * before 10.3.0 then takes another name for the copied disks.
 */
function expectedName({ control, options, tlsName }: MigrationPlan): string | undefined {
  if (options.mode !== 'native-tls') return undefined;
  return control === 'p2p' || options.parallel !== undefined ? tlsName : options.tlsDestination;
}

function optionalText(value: string | undefined) {
  return value === undefined ? undefined : str(value);
}
