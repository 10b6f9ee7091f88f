import type { KnownFailure } from './known-failure.ts';

/** What is wrong with the guest's disks on the destination. */
export const storageFailures: readonly KnownFailure[] = [
  {
    code: 'storage-full',
    text: /No space left on device/i,
    hop: 'destination',
    cause: 'The destination has no space left where the disks go.',
    remedy: 'Free space on the destination where the disks go, then start again.',
    source: 'the kernel’s ENOSPC, by QEMU’s block jobs and libvirt’s storage driver',
  },
  {
    code: 'volume-exists',
    text: /(storage volume '[^']*' exists already|volume target path '[^']*' already exists)/i,
    hop: 'destination',
    cause: 'There is a volume of that name already.',
    remedy: 'Somebody made that file meanwhile; check again, and it is seen.',
    source: 'libvirt storage_driver.c, storageVolCreateXML',
  },
  {
    code: 'storage-size',
    text: /Source and target image have different sizes/i,
    hop: 'destination',
    cause: 'The file that is there already has another size than the disk.',
    remedy: 'Remove that file on the destination if nothing needs it; it is then made anew.',
    source: 'QEMU block/mirror.c, mirror_run',
  },
  {
    code: 'storage-locked',
    text: /Failed to get (shared )?"\w+" lock|Is another process using the image/i,
    hop: 'destination',
    cause: 'Another process has the image open, perhaps a second copy of the guest.',
    remedy: 'Find out which process holds the image before anything else; never run the guest twice.',
    source: 'QEMU block/file-posix.c, raw_apply_lock_bytes',
  },
  {
    code: 'storage-permission',
    text: /Could not open '[^']*': Permission denied/i,
    hop: 'destination',
    cause: 'The destination’s QEMU may not open the image.',
    remedy:
      'Give QEMU’s account access: the same numeric user on both hosts, no root_squash, the SELinux type, virt_use_nfs.',
    source: 'QEMU block/file-posix.c; the kernel’s EACCES',
  },
  {
    code: 'storage-precreate',
    text: /cannot precreate storage for disk/i,
    hop: 'destination',
    cause: 'libvirt makes no storage of this kind on the destination.',
    remedy: 'Make it there beforehand, with the same size.',
    source: 'libvirt qemu_migration.c, qemuMigrationDstPrecreateDisk',
  },
  {
    code: 'storage-pool',
    text: /no storage pool with matching (target path|name)/i,
    hop: 'destination',
    cause: 'The destination has no storage pool where the disk would have to be.',
    remedy: 'Define and start the storage pool on the destination that holds the guest’s disks.',
    source: 'libvirt storage_driver.c, storagePoolLookupByTargetPath',
  },
  {
    code: 'storage-pool',
    errorCode: 49,
    hop: 'destination',
    cause: 'The destination has no such storage pool.',
    remedy: 'Define and start the storage pool on the destination that holds the guest’s disks.',
    source: 'libvirt virterror.h, VIR_ERR_NO_STORAGE_POOL',
  },
  {
    code: 'unsafe-storage',
    errorCode: 81,
    hop: 'source',
    cause: 'A disk is not on storage that both hosts share, or the source keeps some of it in a cache.',
    remedy: 'Copy the guest’s disks along, put them on shared storage, or set their cache mode to none.',
    source: 'libvirt virterror.h, VIR_ERR_MIGRATE_UNSAFE; qemu_migration.c, qemuMigrationSrcIsSafe',
  },
];
