import type { Finding } from '../../finding.ts';
import type { Check } from '../check.ts';
import type { PreflightContext } from '../context.ts';
import type { DiskFacts } from '../facts/guest-xml.ts';
import { findingsOf } from '../finding-of.ts';
import { copiedDisks, isCopyable, isLocal } from './chosen-disks.ts';
import { judgeCopy } from './disk-copy.ts';
import { judgeInPlace, judgeMedium } from './disk-in-place.ts';

const finding = findingsOf('guest.disks', 'guest');

/** Whether the guest finds each of its disks on the destination: there already, or by being copied. */
export const guestDisksCheck: Check = {
  id: 'guest.disks',
  title: "the guest's disks on the destination",
  side: 'guest',
  needs: ['guest', 'destination'],
  run: async (context) => {
    const { disks, name } = await context.guest();
    const filled = disks.filter((disk) => disk.source !== undefined);
    const unknown = unknownTargets(filled, name, context);
    if (filled.length === 0)
      return [...unknown, finding.ok(`${name} has no disk that would have to be on the destination.`)];
    const judged = await Promise.all(filled.map((disk) => judgeDisk(disk, context)));
    const found = judged.flat();
    if (context.options.offline) return found.map((each) => judgedOffline(each, context));
    return [...unknown, ...found];
  },
};

/** libvirt copies no disk then and asks for none; the guest needs them when it is started. */
function judgedOffline(found: Finding, { destination }: PreflightContext): Finding {
  const { level, summary, evidence } = found;
  if (level === 'ok' || level === 'info') return found;
  return finding.warning({
    summary,
    ...(evidence === undefined ? {} : { evidence }),
    remedy: `No disk is copied in an offline move: see that it is on ${destination.name} before the guest is started there.`,
  });
}

function unknownTargets(
  disks: readonly DiskFacts[],
  guest: string,
  { options }: PreflightContext,
): Finding[] {
  const copyable = disks.filter(isCopyable).map(({ target }) => target);
  const has = copyable.length === 0 ? 'none' : copyable.join(', ');
  return (options.diskTargets ?? [])
    .filter((target) => !copyable.includes(target))
    .map((target) =>
      finding.error({
        summary: `${guest} has no disk ${target} that could be copied; those that can: ${has}.`,
        remedy: `Leave out --disk ${target}, or name another.`,
      }),
    );
}

async function judgeDisk(disk: DiskFacts, context: PreflightContext): Promise<Finding[]> {
  const { source } = disk;
  if (source === undefined) return [finding.ok(`Disk ${disk.target} is empty.`)];
  if (source.kind === 'network') {
    return [finding.ok(`Disk ${disk.target} is on the network (${source.protocol}: ${source.name}).`)];
  }
  if (!isLocal(disk)) {
    const kind = source.kind === 'other' ? source.text : source.kind;
    return [
      finding.unknown({
        summary: `Disk ${disk.target} is of the kind "${kind}", which Viaduct does not know.`,
        remedy: 'Make sure that the destination reaches the same disk.',
      }),
    ];
  }
  if (disk.readOnly) return [await judgeMedium(disk, context)];
  const isCopied = copiedDisks([disk], context.options).length > 0;
  return isCopied ? (await judgeCopy(disk, context)).findings : [await judgeInPlace(disk, context)];
}
