import { isOfDaemons, needsPeer } from '../../choose-control.ts';
import type { Finding } from '../../finding.ts';
import type { PlanOptions } from '../../plan.ts';
import type { Check } from '../check.ts';
import { findingsOf } from '../finding-of.ts';
import { offlineClashes, type Clash } from './offline-clashes.ts';

const isOfOneConnection = (method: PlanOptions['compress']): boolean =>
  method === 'xbzrle' || method === 'mt';
const relayed = ({ mode }: PlanOptions): boolean => mode === 'ssh-relay';
const tunnelled = ({ mode }: PlanOptions): boolean => mode === 'tunnelled';

/** What libvirt refuses in the middle of a migration, or, as some, not at all (migration flags, libvirt 9.0.0). */
const clashes: readonly Clash[] = [
  ...offlineClashes,
  {
    clashes: (options) => tunnelled(options) && options.control === 'managed',
    summary: 'A tunnel goes through the connection of the two daemons, which a managed migration has not.',
    remedy: 'Have the source’s daemon drive it (--control p2p), or use mode native-tls.',
  },
  {
    clashes: (options) => tunnelled(options) && options.disks !== 'none',
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
    clashes: (options) => relayed(options) && options.control !== 'managed',
    summary: 'A relay goes through this machine, so only Viaduct itself can move the guest over it.',
    remedy: 'Leave out --control, or use mode native-tls.',
  },
  {
    clashes: (options) => relayed(options) && options.migrateUri !== undefined,
    summary: 'A relay has no data address: it goes through sockets that Viaduct makes on both hosts.',
    remedy: 'Leave out --migrate-uri, or use mode native-tls.',
  },
  {
    clashes: (options) => relayed(options) && options.tlsDestination !== undefined,
    summary: 'No certificate of QEMU is used in a relay, so no name can be expected in one.',
    remedy: 'Leave out --tls-destination, or use mode native-tls.',
  },
  {
    clashes: (options) => relayed(options) && options.postCopy,
    summary: 'After a switch to post-copy, an SSH session that breaks would cost the guest its memory.',
    remedy: 'Leave out --post-copy, or use mode native-tls.',
  },
  {
    clashes: (options) =>
      isOfDaemons(options) && !tunnelled(options) && !options.offline && options.control === 'managed',
    summary:
      'Right after a switch to post-copy a managed migration would lose the guest together with Viaduct or its connection.',
    remedy:
      'Have the source’s daemon drive it (leave out --control, or --control p2p), or leave out --post-copy.',
  },
  {
    clashes: (options) => options.oneTimeIdentity !== undefined && !needsPeer(options),
    summary:
      'A one-time identity is for the login of the source’s daemon, which only a peer-to-peer migration is sure to make.',
    remedy: 'Leave out --one-time-identity, or have the source’s daemon drive it (--control p2p).',
  },
  {
    clashes: ({ control, dconnuri }) => control === 'managed' && dconnuri !== undefined,
    summary:
      'In a managed migration the daemons do not connect to each other, so no address for that is used.',
    remedy: 'Leave out --dconnuri, or have the source’s daemon drive it (--control p2p).',
  },
  {
    clashes: ({ control, unattended }) => control === 'managed' && unattended === true,
    summary: 'In a managed migration it is always Viaduct that sets the guest going on the destination.',
    remedy: 'Leave out --unattended, or have the source’s daemon drive it (--control p2p).',
  },
  {
    clashes: (options) => tunnelled(options) && options.parallel !== undefined,
    summary: 'A tunnel is one connection; memory cannot be spread over several in it.',
    remedy: 'Leave out --parallel, or use mode native-tls.',
  },
  {
    clashes: (options) => tunnelled(options) && options.postCopy,
    summary: 'A tunnel leads one way; the guest cannot fetch its memory through it (post-copy).',
    remedy: 'Leave out --post-copy, or use mode native-tls.',
  },
  {
    clashes: ({ disks, diskTargets }) => disks === 'none' && diskTargets !== undefined,
    summary: 'Disks are chosen to be copied, but none are to be copied.',
    remedy: 'Add --disks copy, or leave out --disk.',
  },
  {
    clashes: ({ parallel, postCopy }) => parallel !== undefined && postCopy,
    summary: 'QEMU before 10.1 cannot switch to post-copy while memory goes over several connections.',
    remedy: 'Leave out --parallel or --post-copy.',
  },
  {
    clashes: ({ parallel, compress }) => parallel !== undefined && isOfOneConnection(compress),
    summary: 'QEMU compresses several connections with zlib or zstd alone.',
    remedy: 'Use --compress zlib or zstd, or leave out --parallel.',
  },
  {
    clashes: ({ parallel, compress }) =>
      parallel === undefined && compress !== undefined && !isOfOneConnection(compress),
    summary: 'QEMU compresses with zlib and zstd only where memory goes over several connections.',
    remedy: 'Add --parallel, or use --compress xbzrle.',
  },
  {
    clashes: ({ onTimeout, timeoutS }) => onTimeout !== undefined && timeoutS === undefined,
    summary: 'It is said what is done when the time is over, but no time is given.',
    remedy: 'Add --timeout, or leave out --on-timeout.',
  },
  {
    clashes: ({ onTimeout, postCopy }) => onTimeout === 'post-copy' && !postCopy,
    summary: 'A switch to post-copy has to be allowed before the guest starts to move.',
    remedy: 'Add --post-copy, or choose another --on-timeout.',
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
