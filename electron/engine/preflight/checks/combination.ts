import type { Finding } from '../../finding.ts';
import type { PlanOptions } from '../../plan.ts';
import type { Check } from '../check.ts';
import { findingsOf } from '../finding-of.ts';

interface Clash {
  clashes: (options: PlanOptions) => boolean;
  summary: string;
  remedy: string;
}

const tunnelled = ({ mode }: PlanOptions): boolean => mode === 'tunnelled';

/** What libvirt refuses in the middle of a migration, or, as some, not at all (migration flags, libvirt 9.0.0). */
const clashes: readonly Clash[] = [
  {
    clashes: (options) => tunnelled(options) && options.control === 'managed',
    summary: 'A tunnel goes through the connection of the two daemons, which a managed migration has not.',
    remedy: 'Have the source’s daemon drive it (--control p2p), or use mode native-tls.',
  },
  {
    clashes: (options) => tunnelled(options) && options.disks === 'copy',
    summary: 'A tunnel carries the guest’s memory alone; disks cannot be copied through it.',
    remedy: 'Use mode native-tls for copied disks, or put them on shared storage.',
  },
  {
    clashes: (options) => tunnelled(options) && options.migrateUri !== undefined,
    summary: 'A tunnel has no data address: the guest goes where the daemons’ connection goes.',
    remedy: 'Leave the data address out; --dconnuri says where the daemons meet.',
  },
  {
    clashes: (options) => tunnelled(options) && options.tlsDestination !== undefined,
    summary: 'No certificate of QEMU is used in a tunnel, so no name can be expected in one.',
    remedy: 'Leave out --tls-destination, or use mode native-tls.',
  },
  {
    clashes: ({ control, dconnuri }) => control === 'managed' && dconnuri !== undefined,
    summary:
      'In a managed migration the daemons do not connect to each other, so no address for that is used.',
    remedy: 'Leave out --dconnuri, or have the source’s daemon drive it (--control p2p).',
  },
];

/** Whether the options go together; asked only where some do not. */
export const combinationCheck: Check = {
  id: 'plan.combination',
  title: 'whether the options go together',
  side: 'client',
  needs: [],
  applies: (options) => clashes.some((clash) => clash.clashes(options)),
  run: ({ options }): Promise<Finding[]> => {
    const finding = findingsOf('plan.combination', 'client');
    const found = clashes.filter((clash) => clash.clashes(options));
    return Promise.resolve(found.map(({ summary, remedy }) => finding.error({ summary, remedy })));
  },
};
