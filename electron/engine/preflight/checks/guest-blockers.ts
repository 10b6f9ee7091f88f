import { quoteWord } from '../../../common/shell-quote.ts';
import type { Finding } from '../../finding.ts';
import type { Check } from '../check.ts';
import type { HostFacts } from '../context.ts';
import type { GuestFacts } from '../facts/guest.ts';
import type { LibvirtVersion } from '../../../libvirt/index.ts';
import type { Obstacle } from '../facts/guest-blockers.ts';
import { findingsOf } from '../finding-of.ts';

const finding = findingsOf('guest.blockers', 'guest');

/** What keeps the hypervisor from moving this guest at all. */
export const guestBlockersCheck: Check = {
  id: 'guest.blockers',
  title: 'devices and jobs that keep the guest from moving',
  side: 'guest',
  needs: ['source', 'guest'],
  run: async (context) => {
    if (context.options.offline) return judgeDefinition(await context.guest());
    const [guest, { libvirt }] = await Promise.all([context.guest(), context.source.daemon()]);
    const found = [...judgeBlockers(guest, libvirt), ...(await judgeUserNetwork(guest, context.source))];
    return found.length > 0 ? found : [finding.ok(`Nothing in ${guest.name} keeps it from moving.`)];
  },
};

/** A definition goes with whatever devices it has; libvirt refuses but snapshots (qemuMigrationSrcIsAllowed). */
function judgeDefinition(guest: GuestFacts): Finding[] {
  const found: Finding[] = [
    ...snapshots(guest),
    ...guest.obstacles.map(({ what }) =>
      finding.info(`${guest.name} is defined with ${what}, which it will look for when it is started.`),
    ),
  ];
  if (guest.hasManagedSave) {
    found.push(
      finding.error({
        summary: `${guest.name} was saved: its memory is in an image on the source, which does not go along.`,
        remedy: `Start it once more and shut it down, or give its memory up: virsh managedsave-remove ${quoteWord(guest.name)}`,
      }),
    );
  }
  return found.length > 0
    ? found
    : [finding.ok(`Nothing keeps the definition of ${guest.name} from moving.`)];
}

function snapshots(guest: GuestFacts): Finding[] {
  if (guest.snapshots === 0) return [];
  return [
    finding.error({
      summary: `${guest.name} has ${guest.snapshots} snapshots, with which libvirt does not move a guest.`,
      remedy: `Delete the snapshots, at least their metadata: virsh snapshot-delete ${quoteWord(guest.name)} NAME --metadata`,
    }),
  ];
}

/** From this libvirt on a driver may hand the state of a device over (NEWS 9.7.0, "VFIO variant drivers"). */
const driversSince = 9_007_000;

function judgeObstacle({ what, kind }: Obstacle, { name }: GuestFacts, libvirt: LibvirtVersion): Finding {
  const detach = `Detach it from ${name} first, or move the guest while it is shut off.`;
  switch (kind) {
    case 'by-driver':
      if (libvirt.number >= driversSince) {
        return finding.warning({
          summary: `${name} can be moved with ${what} only if the driver of that device hands its state over; QEMU refuses otherwise, before anything moves.`,
          remedy: `Make sure of it, or detach the device from ${name} first.`,
        });
      }
      return finding.error({ summary: `${name} cannot be moved with ${what}.`, remedy: detach });
    case 'plugged-anew':
      return finding.warning({
        summary: `${name} has ${what}; on the destination it gets the device of that address or kind there, if there is one.`,
        remedy: `Plug the same device into the destination, or detach it from ${name} first.`,
      });
    case 'cut-off':
      return finding.warning({
        summary: `${name} has ${what}; that process stays, and with it every connection through it.`,
        remedy: 'Expect open connections to break, or put the interface on a network or bridge.',
      });
    case 'refused':
      return finding.error({ summary: `${name} cannot be moved with ${what}.`, remedy: detach });
  }
}

function judgeBlockers(guest: GuestFacts, libvirt: LibvirtVersion): Finding[] {
  const found = guest.obstacles.map((obstacle) => judgeObstacle(obstacle, guest, libvirt));
  found.push(...snapshots(guest));
  if (guest.disksWithBlockJob.length > 0) {
    found.push(
      finding.error({
        summary: `A block job works on ${guest.disksWithBlockJob.join(', ')} of ${guest.name}.`,
        remedy: 'Wait until it is done, or stop it: virsh blockjob GUEST DISK --abort',
      }),
    );
  } else if (guest.runningJob !== undefined) {
    found.push(
      finding.error({
        summary: `${guest.name} is held by ${guest.runningJob}, and cannot be moved meanwhile.`,
        remedy: `Wait until it is done; virsh domjobinfo ${quoteWord(guest.name)} tells how far it is.`,
      }),
    );
  }
  if (guest.checkpoints > 0) {
    found.push(
      finding.warning({
        summary: `${guest.name} has ${guest.checkpoints} checkpoints of incremental backups, which libvirt leaves on the source.`,
        remedy:
          'Expect the next backup to be a full one, or define the checkpoints anew on the destination: virsh checkpoint-create --redefine',
      }),
    );
  }
  if (guest.hasManagedSave) {
    found.push(
      finding.warning({
        summary: `${guest.name} has a saved memory image on the source, which stays there and grows stale.`,
        remedy: `Remove it: virsh managedsave-remove ${quoteWord(guest.name)}`,
      }),
    );
  }
  return found;
}

/** A helper process may carry a user-mode network; without one QEMU does it itself, and takes it along. */
async function judgeUserNetwork({ name, interfaces }: GuestFacts, source: HostFacts): Promise<Finding[]> {
  if (!interfaces.some(({ kind, backend }) => kind === 'user' && backend !== 'passt')) return [];
  if ((await source.slirpHelper()) !== 'stays') return [];
  return [
    finding.error({
      summary: `${name} has a user-mode network (slirp) whose helper process on ${source.name} cannot be moved.`,
      remedy: `Put the interface on a network or bridge, or upgrade slirp-helper on ${source.name} and restart ${name}.`,
    }),
  ];
}
