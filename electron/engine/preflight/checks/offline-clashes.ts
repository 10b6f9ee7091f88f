import type { PlanOptions } from '../../plan.ts';

/** Options that do not go together. */
export interface Clash {
  clashes: (options: PlanOptions) => boolean;
  summary: string;
  remedy: string;
}

/** What is about memory on its way, as it is called on the command line. */
const aboutMemory: readonly { option: string; isUsed: (options: PlanOptions) => boolean }[] = [
  { option: '--parallel', isUsed: ({ parallel }) => parallel !== undefined },
  { option: '--compress', isUsed: ({ compress }) => compress !== undefined },
  { option: '--auto-converge', isUsed: ({ autoConverge }) => autoConverge },
  { option: '--post-copy', isUsed: ({ postCopy }) => postCopy },
  { option: '--bandwidth', isUsed: ({ bandwidthMiBps }) => bandwidthMiBps !== undefined },
  { option: '--max-downtime', isUsed: ({ maxDowntimeMs }) => maxDowntimeMs !== undefined },
  { option: '--timeout', isUsed: ({ timeoutS }) => timeoutS !== undefined },
  { option: '--migrate-uri', isUsed: ({ migrateUri }) => migrateUri !== undefined },
  { option: '--tls-destination', isUsed: ({ tlsDestination }) => tlsDestination !== undefined },
];

/** A guest that is shut off has but its definition to move; libvirt refuses some of these, and leaves out others. */
export const offlineClashes: readonly Clash[] = [
  {
    clashes: ({ offline, disks }) => offline && disks !== 'none',
    summary: 'libvirt copies no disks of a guest that is shut off; only its definition goes along.',
    remedy: 'Leave out --disks and copy the disks by hand, or start the guest and move it with them.',
  },
  {
    clashes: ({ offline, mode }) => offline && mode !== 'native-tls',
    summary: 'A mode is how a guest’s data travels, and of a guest that is shut off none does.',
    remedy: 'Leave out --mode; the definition goes over the connections to the daemons, or between them.',
  },
  ...aboutMemory.map(({ option, isUsed }): Clash => {
    return {
      clashes: (options) => options.offline && isUsed(options),
      summary: `${option} is about data on its way, and of a guest that is shut off none travels.`,
      remedy: `Leave out ${option}, or start the guest and move it as it runs, without --offline.`,
    };
  }),
];
