import type { GuestSnapshot, PlanOptions } from '../../electron/ipc/views.ts';

/** What becomes of the disks; which of them are copied is said only where some are. */
export function withDisks(options: PlanOptions, disks: PlanOptions['disks']): PlanOptions {
  return { ...options, disks, diskTargets: disks === 'none' ? undefined : options.diskTargets };
}

/** Copies one of the guest's disks or not. Without any there is nothing to copy, and with all none has to be named. */
export function withDiskTarget(
  options: PlanOptions,
  all: readonly string[],
  target: string,
  isCopied: boolean,
): PlanOptions {
  const before = options.diskTargets ?? all;
  const chosen = all.filter((other) => (other === target ? isCopied : before.includes(other)));
  if (chosen.length === 0) return withDisks(options, 'none');
  return { ...options, diskTargets: chosen.length === all.length ? undefined : chosen };
}

/** The disks of a guest that can be copied along: written to, and not on the network. */
export function copyableDisks(guest: Pick<GuestSnapshot, 'disks'> | undefined): GuestSnapshot['disks'] {
  const local = (guest?.disks ?? []).filter(({ kind }) => kind !== 'network' && kind !== 'other');
  return local.filter(({ readOnly, source }) => !readOnly && source !== '');
}

/** For the summary of the options. */
export function disksInWords({ disks, diskTargets }: Pick<PlanOptions, 'disks' | 'diskTargets'>): string {
  if (disks === 'none') return 'shared storage';
  const which = diskTargets === undefined ? 'disks' : diskTargets.join(', ');
  return disks === 'copy' ? `${which} copied` : `top layers of ${which} copied`;
}
