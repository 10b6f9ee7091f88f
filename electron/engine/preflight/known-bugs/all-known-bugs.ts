import type { KnownBug, MovePlan } from './known-bug.ts';

/** From `first`, until it was mended in `mended`: both as libvirt counts versions. */
const between = ({ number }: { number: number }, first: number, mended: number): boolean =>
  number >= first && number < mended;
const version = (major: number, minor: number, micro = 0): number =>
  major * 1_000_000 + minor * 1_000 + micro;

const ends = ({ source, destination }: MovePlan) => [source.libvirt, destination.libvirt];

/** The versions are those of the release notes: where a note does not say since when, the bug counts for all before. */
export const knownBugs: readonly KnownBug[] = [
  {
    what: 'libvirt before 11.10.0 takes a guest with CPU threads for one with another CPU where QEMU is 10.0 or newer ("extra features: ht"), and ends the move.',
    remedy: 'Upgrade libvirt on the destination to 11.10.0, or choose another destination.',
    source: 'libvirt NEWS 11.10.0, "Fix incoming migration to QEMU 10.0.0 and newer"',
    applies: ({ destination, guest }) =>
      destination.libvirt.number < version(11, 10) &&
      destination.qemu.number >= version(10, 0) &&
      guest.cpuThreads > 1,
  },
  {
    what: 'libvirt 9.10.0 to 10.1.x takes guests with the CPU feature vmx for others than those of older and newer versions, and ends the move.',
    remedy: 'Upgrade the host with that version to 10.2.0; from there guests move in both directions.',
    source: 'libvirt NEWS 10.2.0, "Fix migration from libvirt older than 9.10.0 when vmx is enabled"',
    applies: ({ source, destination, guest }) => {
      const isAffected = (end: { libvirt: { number: number } }): boolean =>
        between(end.libvirt, version(9, 10), version(10, 2));
      if (!guest.cpuFeatures.required.includes('vmx')) return false;
      if (isAffected(destination)) return !isAffected(source);
      return isAffected(source) && destination.libvirt.number < version(9, 10);
    },
  },
  {
    what: 'libvirt before 10.5.0 may expect vmx-* CPU features that are switched off for the guest, and then ends the move.',
    remedy: 'Upgrade libvirt on the destination to 10.5.0.',
    source: 'libvirt NEWS 10.5.0, "Fix migration with disabled vmx-* CPU features"',
    applies: ({ destination, guest }) =>
      destination.libvirt.number < version(10, 5) &&
      guest.cpuFeatures.disabled.some((name) => name.startsWith('vmx-')),
  },
  {
    what: 'libvirt 10.0.0 to 10.2.x asks for an empty name in the destination’s certificate where disks are copied and post-copy is allowed.',
    remedy:
      'Name the certificate’s name with --tls-destination, leave out --post-copy, or upgrade the source to 10.3.0.',
    source:
      'libvirt NEWS 10.3.0, "Fix TLS hostname verification failure in certain non-shared storage migration scenarios"',
    applies: ({ source, options }) =>
      between(source.libvirt, version(10, 0), version(10, 3)) &&
      copiesOverTls(options) &&
      options.postCopy &&
      options.control === 'managed' &&
      options.tlsDestination === undefined,
  },
  {
    what: 'libvirt before 8.2.0 asks for an empty name in the destination’s certificate where disks are copied beside parallel connections, and cannot be told another.',
    remedy: 'Leave out --parallel, or upgrade the source.',
    source: 'libvirt NEWS 10.3.0 and 8.2.0 (VIR_MIGRATE_PARAM_TLS_DESTINATION with non-shared storage)',
    applies: ({ source, options }) =>
      source.libvirt.number < version(8, 2) && copiesOverTls(options) && options.parallel !== undefined,
  },
  {
    what: 'libvirt 8.7.0 sets up the copying of disks wrongly.',
    remedy: 'Upgrade that host to 8.8.0, or put the disks on shared storage.',
    source: 'libvirt NEWS 8.8.0, "Fix non-shared storage migration setup"',
    applies: (plan) =>
      plan.options.disks !== 'none' &&
      ends(plan).some((libvirt) => between(libvirt, version(8, 7), version(8, 8))),
  },
  {
    what: 'libvirt 7.3.0 to 7.5.0 does not copy the content of disks whose top layers alone are to be copied: the guest would find an empty layer.',
    remedy: 'Copy the disks whole (--disks copy), or upgrade the source to 7.6.0.',
    source: 'libvirt NEWS 7.6.0, "Fix migration with VIR_MIGRATE_NON_SHARED_INC"',
    applies: ({ source, options }) =>
      options.disks === 'incremental' && between(source.libvirt, version(7, 3), version(7, 6)),
  },
  {
    what: 'The daemon of libvirt 11.2.0 and 11.3.0 crashes when a post-copy that broke is to be gone on with.',
    remedy: 'Leave out --post-copy, or upgrade the destination to 11.4.0.',
    source: 'libvirt NEWS 11.4.0, "Fix virtqemud crash when resuming failed post-copy migration"',
    applies: ({ destination, options }) =>
      options.postCopy && between(destination.libvirt, version(11, 2), version(11, 4)),
  },
  {
    what: 'libvirt 10.1.0 to 10.3.0 may fail with "Unknown error 255" where a disk is on NFS with root_squash.',
    remedy: 'Upgrade that host to 10.4.0, or export the folder without root_squash for the time of the move.',
    source:
      'libvirt NEWS 10.4.0, "Fix virsh save and migration when storage in question is root_squashed NFS"',
    applies: (plan) =>
      plan.options.disks === 'none' &&
      plan.guest.disks.some(({ source, readOnly }) => source?.kind === 'file' && !readOnly) &&
      ends(plan).some((libvirt) => between(libvirt, version(10, 1), version(10, 4))),
  },
  {
    what: 'libvirt before 6.7.0 may remove the macvtap device of another guest when a move of a guest with such an interface fails.',
    remedy: 'Upgrade the source to 6.7.0 before moving guests with interfaces of type direct.',
    source: 'libvirt NEWS 6.7.0, "remove autogenerated macvtap names from migration XML"',
    applies: ({ source, guest }) =>
      source.libvirt.number < version(6, 7) && guest.interfaces.some(({ kind }) => kind === 'direct'),
  },
  {
    what: 'The daemon of libvirt 8.8.0 crashes when it is restarted while a guest leaves.',
    remedy: 'Let nobody restart libvirt on the source during the move, or upgrade it to 8.9.0.',
    source: 'libvirt NEWS 8.9.0, "Do not crash after restart with active migration"',
    applies: ({ source }) => between(source.libvirt, version(8, 8), version(8, 9)),
  },
  {
    what: 'The helper by which libvirt 6.8.0 and 6.9.0 is reached over SSH is very slow, which a tunnel through it feels.',
    remedy:
      'Let the daemons meet over TLS (--dconnuri qemu+tls://HOST/system), or upgrade the destination to 6.10.0.',
    source: 'libvirt NEWS 6.10.0, "fixed performance regression in SSH tunnelling"',
    applies: ({ destination, options }) =>
      options.mode === 'tunnelled' &&
      options.dconnuri?.startsWith('qemu+ssh:') === true &&
      between(destination.libvirt, version(6, 8), version(6, 10)),
  },
  {
    what: 'QEMU before 9.0 loses some of what an emulated guest (type "qemu", not "kvm") writes while it moves, and the guest may hang.',
    remedy:
      'Move such a guest while it is paused, or upgrade QEMU on the source to 9.0 and restart the guest.',
    source: 'QEMU 7.2 include/exec/ram_addr.h, cpu_physical_memory_sync_dirty_bitmap; docs/adr/0008',
    applies: ({ source, guest }) =>
      source.qemu.number < version(9, 0) && guest.virtType === 'qemu' && guest.state === 'running',
  },
];

function copiesOverTls({ mode, disks }: MovePlan['options']): boolean {
  return mode === 'native-tls' && disks !== 'none';
}
