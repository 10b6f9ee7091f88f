import type { MigrationPlan } from '../plan.ts';
import type { StuckSituation } from '../state/migration-state.ts';

/*
 * What is said of a guest that is shut off, of which nothing but its definition is on either host.
 */

export interface Words {
  message: string;
  remedy: string;
}

type Ends = Pick<MigrationPlan, 'guest' | 'source' | 'destination'>;

/** A run that ended on the source, and may have left something on the destination. */
export function offlineLeftover({ guest, source, destination }: Ends): Words {
  return {
    message: `It is not certain that nothing of ${guest.name} is left on ${destination.name}.`,
    remedy: `See what virsh list --all shows there: undefine a definition that is not wanted beside the one on ${source.name}; a remainder that cannot be undefined goes when libvirt is restarted, which harms no running guest.`,
  };
}

/** What is known, and what to do, of an offline move that needs a person. */
export function offlineSituation(
  situation: StuckSituation,
  { guest: { name }, source: { name: source }, destination: { name: destination } }: Ends,
): Words {
  switch (situation) {
    case 'runs on both':
      return {
        message: `${name} was started on both hosts meanwhile; nothing was touched.`,
        remedy: `Decide which of the two is right and destroy the other at once: both may be writing to the same disks.`,
      };
    case 'runs on neither':
      return {
        message: `Neither host has a definition of ${name}.`,
        remedy: `Define it again: ${source} and ${destination} may keep a copy below /etc/libvirt/qemu, and your backups do.`,
      };
    case 'source copy left':
      return {
        message: `The definition of ${name} is on ${destination}, but the one on ${source} could not be seen to.`,
        remedy: `When ${source} answers, see that ${name} is defined there only if you want it to be: two definitions can be started both.`,
      };
    case 'outcome unknown':
    case 'waits on destination':
    case 'post-copy failed':
    case 'state not understood':
      return {
        message: `It could not be found out which host has the definition of ${name}; nothing was started or removed.`,
        remedy: `Look at ${name} on both hosts before you start it: where both have a definition, undefine the one that is not wanted.`,
      };
  }
}
