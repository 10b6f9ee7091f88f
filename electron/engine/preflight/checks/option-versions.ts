import type { PlanOptions } from '../../plan.ts';
import type { Check } from '../check.ts';
import type { DaemonFacts } from '../facts/daemon.ts';
import { findingsOf } from '../finding-of.ts';

type Program = 'libvirt' | 'qemu';

interface Need {
  /** As it is called on the command line. */
  option: string;
  isUsed: (options: PlanOptions) => boolean;
  program: Program;
  /** The first version that has it, and the first that has it no more: major * 1,000,000 + minor * 1,000 + micro. */
  since?: number;
  until?: number;
}

/** From the release notes of both, and libvirt's include/libvirt/libvirt-domain.h. Each daemon refuses by itself. */
const needs: readonly Need[] = [
  { option: '--parallel', isUsed: usesParallel, program: 'libvirt', since: 5_002_000 },
  { option: '--parallel', isUsed: usesParallel, program: 'qemu', since: 4_000_000 },
  { option: '--compress zlib or zstd', isUsed: compressesChannels, program: 'libvirt', since: 9_004_000 },
  { option: '--compress zlib or zstd', isUsed: compressesChannels, program: 'qemu', since: 5_000_000 },
  {
    option: '--compress mt',
    isUsed: ({ compress }) => compress === 'mt',
    program: 'qemu',
    until: 9_001_000,
  },
  {
    option: '--tls-destination',
    isUsed: ({ tlsDestination }) => tlsDestination !== undefined,
    program: 'libvirt',
    since: 6_000_000,
  },
  {
    option: '--tls-destination with copied disks',
    isUsed: ({ tlsDestination, disks }) => tlsDestination !== undefined && disks !== 'none',
    program: 'libvirt',
    since: 8_002_000,
  },
];

function usesParallel({ parallel }: PlanOptions): boolean {
  return parallel !== undefined;
}

function compressesChannels({ compress }: PlanOptions): boolean {
  return compress === 'zlib' || compress === 'zstd';
}

/** Whether both hosts know the options that were chosen; asked only where one is younger than what is needed anyway. */
export const optionVersionsCheck: Check = {
  id: 'plan.versions',
  title: 'whether both hosts know the chosen options',
  side: 'between',
  needs: ['source', 'destination'],
  applies: (options) => needs.some(({ isUsed }) => isUsed(options)),
  run: async ({ options, source, destination }) => {
    const finding = findingsOf('plan.versions', 'between');
    const used = needs.filter(({ isUsed }) => isUsed(options));
    const hosts = await Promise.all(
      [source, destination].map(async (host) => ({ name: host.name, daemon: await host.daemon() })),
    );
    const unmet = used.flatMap((need) =>
      hosts
        .filter(({ daemon }) => !isMet(need, daemon))
        .map(({ name, daemon }) =>
          finding.error({
            summary: `${need.option} needs ${words(need)}; ${name} has ${daemon[need.program].text}.`,
            remedy: `Leave it out, or ${need.until === undefined ? 'upgrade' : 'choose another method for'} ${name}.`,
          }),
        ),
    );
    return unmet.length > 0 ? unmet : [finding.ok('Both hosts know the chosen options.')];
  },
};

function isMet({ program, since = 0, until = Infinity }: Need, daemon: DaemonFacts): boolean {
  const { number } = daemon[program];
  return number >= since && number < until;
}

function words({ program, since, until }: Need): string {
  const called = program === 'qemu' ? 'QEMU' : 'libvirt';
  if (until !== undefined) return `a ${called} before ${text(until)}`;
  return `${called} ${text(since ?? 0)} or newer`;
}

function text(version: number): string {
  const [major, minor, micro] = [version / 1_000_000, (version / 1000) % 1000, version % 1000].map(
    Math.floor,
  );
  return micro === 0 ? `${major ?? 0}.${minor ?? 0}` : `${major ?? 0}.${minor ?? 0}.${micro ?? 0}`;
}
