import type { Finding } from '../../finding.ts';
import type { Check } from '../check.ts';
import type { GuestFacts } from '../facts/guest.ts';
import { findingsOf } from '../finding-of.ts';

/** What keeps the hypervisor from moving this guest at all. */
export const guestBlockersCheck: Check = {
  id: 'guest.blockers',
  title: 'devices and jobs that keep the guest from moving',
  side: 'guest',
  needs: ['guest'],
  run: async (context) => judgeBlockers(await context.guest()),
};

function judgeBlockers(guest: GuestFacts): Finding[] {
  const finding = findingsOf('guest.blockers', 'guest');
  const found: Finding[] = guest.blockers.map((blocker) =>
    finding.error({
      summary: `${guest.name} cannot be moved with ${blocker}.`,
      remedy: `Detach it from ${guest.name} first, or move the guest while it is shut off.`,
    }),
  );
  if (guest.snapshots > 0) {
    found.push(
      finding.error({
        summary: `${guest.name} has ${guest.snapshots} snapshots, with which libvirt does not move a guest.`,
        remedy: `Delete the snapshots, at least their metadata: virsh snapshot-delete ${guest.name} NAME --metadata`,
      }),
    );
  }
  if (guest.disksWithBlockJob.length > 0) {
    found.push(
      finding.error({
        summary: `A block job works on ${guest.disksWithBlockJob.join(', ')} of ${guest.name}.`,
        remedy: 'Wait until it is done, or stop it: virsh blockjob GUEST DISK --abort',
      }),
    );
  } else if (guest.hasRunningJob) {
    found.push(
      finding.error({
        summary: `Another operation (migration, save, backup) holds ${guest.name}.`,
        remedy: 'Wait until it is done.',
      }),
    );
  }
  if (guest.hasManagedSave) {
    found.push(
      finding.warning({
        summary: `${guest.name} has a saved memory image on the source, which stays there and grows stale.`,
        remedy: `Remove it: virsh managedsave-remove ${guest.name}`,
      }),
    );
  }
  return found.length > 0 ? found : [finding.ok(`Nothing in ${guest.name} keeps it from moving.`)];
}
