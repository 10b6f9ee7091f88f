import type { Finding } from '../../finding.ts';
import type { Check } from '../check.ts';
import type { DaemonFacts } from '../facts/daemon.ts';
import { findingsOf } from '../finding-of.ts';

/** The oldest that encrypt memory and disks alike with QEMU's own TLS: libvirt 4.4.0, QEMU 2.11. */
const oldest = {
  libvirt: { number: 4_004_000, text: '4.4.0' },
  qemu: { number: 2_011_000, text: '2.11' },
};

export function versionsCheck(side: 'source' | 'destination'): Check {
  return {
    id: `versions.${side}`,
    title: `versions of libvirt and QEMU on the ${side}`,
    side,
    needs: [side],
    run: async (context) => judgeVersions(side, context[side].name, await context[side].daemon()),
  };
}

function judgeVersions(side: 'source' | 'destination', name: string, daemon: DaemonFacts): Finding[] {
  const finding = findingsOf(`versions.${side}`, side);
  const tooOld = (['libvirt', 'qemu'] as const).filter((part) => daemon[part].number < oldest[part].number);
  if (tooOld.length === 0) {
    return [finding.ok(`${name} runs libvirt ${daemon.libvirt.text} and QEMU ${daemon.qemu.text}.`)];
  }
  return tooOld.map((part) => {
    const program = part === 'qemu' ? 'QEMU' : 'libvirt';
    return finding.error({
      summary: `${name} runs ${program} ${daemon[part].text}; at least ${oldest[part].text} is needed.`,
      remedy: `Upgrade ${program} on ${name}.`,
    });
  });
}

/** From newer to older is not supported by either project, though it may work with equal features. */
export const versionOrderCheck: Check = {
  id: 'versions.order',
  title: 'whether the destination is older than the source',
  side: 'between',
  needs: ['source', 'destination'],
  run: async (context) => {
    const finding = findingsOf('versions.order', 'between');
    const [source, destination] = await Promise.all([context.source.daemon(), context.destination.daemon()]);
    const older = (['libvirt', 'qemu'] as const).filter(
      (part) => destination[part].number < source[part].number,
    );
    if (older.length === 0) return [finding.ok('The destination is not older than the source.')];
    const words = older.map(
      (part) =>
        `${part === 'qemu' ? 'QEMU' : 'libvirt'} ${destination[part].text} is older than ${source[part].text}`,
    );
    return [
      finding.warning({
        summary: `${context.destination.name} is older than ${context.source.name}: ${words.join(', ')}.`,
        remedy:
          'Expect that it may fail (the guest then stays where it is), or upgrade the destination first.',
      }),
    ];
  },
};
