import { ViaductError } from '../../../common/errors.ts';
import type { PreflightContext } from '../context.ts';
import { findingsOf } from '../finding-of.ts';
import type { Sharing } from '../facts/sharing.ts';
import type { CopyJudgement } from './copy-judgement.ts';
import type { LocalDisk, LocalSource } from './chosen-disks.ts';

const finding = findingsOf('guest.disks', 'guest');

/** What the destination has already where a disk would be copied to. */
export interface ThereAlready {
  what: string;
  /** `undefined`: neither a pool nor a file tells. */
  image: { format: string | undefined; capacityBytes: number } | undefined;
  sharing: Sharing;
}

/** `undefined`: nothing is there, as far as can be seen; making it fails if that is wrong. */
export async function lookThere(
  source: Exclude<LocalSource, { kind: 'block' }>,
  context: PreflightContext,
): Promise<ThereAlready | undefined> {
  const { destination } = context;
  if (source.kind === 'volume') {
    const image = await destination.volumeByName(source.pool, source.volume);
    if (image === undefined) return undefined;
    const what = `the volume "${image.name}" of pool "${image.pool}"`;
    return { what, image, sharing: await sharingOfVolume(source, image.path, context) };
  }
  const { path } = source;
  const sharing = await context.sharing(path);
  if (sharing.kind === 'separate' && !sharing.existsThere) return undefined;
  const volume = await destination.volumeByPath(path);
  // Nobody could look, and no pool shows it.
  if (sharing.kind === 'unknown' && volume === undefined && !(await exists(path, context))) return undefined;
  return { what: path, image: volume ?? (await orUndefined(destination.image(path))), sharing };
}

/** Whether a volume of the same pool and name is the same file on both hosts. */
export async function sharingOfVolume(
  { pool, volume }: { pool: string; volume: string },
  there: string | undefined,
  context: PreflightContext,
): Promise<Sharing> {
  const here = (await context.source.volumeByName(pool, volume))?.path;
  return here === undefined || there === undefined
    ? { kind: 'unknown', evidence: `the volume "${volume}" of pool "${pool}" is no file on both hosts` }
    : context.sharing(here, there);
}

/** What is written over must be another file than the disk itself, and fit it. */
export function judgeExisting(
  { target, format = 'raw' }: LocalDisk,
  { what, image, sharing }: ThereAlready,
  sizes: { capacityBytes: number } | undefined,
  { options, source, destination }: PreflightContext,
): CopyJudgement {
  const refused = (summary: string, remedy: string): CopyJudgement => ({
    findings: [finding.error({ summary, evidence: sharing.evidence, remedy })],
    copy: undefined,
  });
  if (sharing.kind === 'shared') {
    return refused(
      `Disk ${target} is on storage that both hosts share (${what}); to copy it onto itself would destroy it.`,
      options.diskTargets === undefined
        ? 'Leave the disks where they are (--disks none), or name those to copy with --disk.'
        : `Leave out --disk ${target}.`,
    );
  }
  if (sharing.kind === 'unknown') {
    return refused(
      `${destination.name} has ${what} already, and whether it is the same file as disk ${target} on ${source.name} could not be found out; to copy a disk onto itself would destroy it.`,
      `Connect to both hosts with qemu+ssh:// to have it looked at, or remove ${what} on ${destination.name} if it is a copy that nothing needs.`,
    );
  }
  if (options.disks === 'incremental') {
    return refused(
      `${destination.name} has ${what} already; only what the top layer of disk ${target} holds would be written over it.`,
      `Remove ${what} on ${destination.name} if nothing needs it, or copy the disk whole (--disks copy).`,
    );
  }
  if (image !== undefined && sizes !== undefined && image.capacityBytes !== sizes.capacityBytes) {
    return refused(
      `Disk ${target} has ${sizes.capacityBytes} bytes, but ${what} on ${destination.name} has ${image.capacityBytes}.`,
      `Remove ${what} on ${destination.name} if nothing needs it; it is then made anew.`,
    );
  }
  if (image?.format !== undefined && image.format !== format) {
    return refused(
      `Disk ${target} is ${format}, but ${what} on ${destination.name} is ${image.format}.`,
      `Remove ${what} on ${destination.name} if nothing needs it; it is then made anew.`,
    );
  }
  return {
    findings: [
      finding.warning({
        summary: `Disk ${target} will be written over ${what} on ${destination.name}, which already exists.`,
        evidence: sharing.evidence,
        remedy: `Make sure that nothing needs ${what} on ${destination.name}.`,
      }),
    ],
    copy: { target, place: { kind: 'existing', what } },
  };
}

async function exists(path: string, { destination }: PreflightContext): Promise<boolean> {
  return (await orUndefined(destination.path(path))) !== undefined;
}

/** Without a shell, or without the rights for it. */
async function orUndefined<T>(fact: Promise<T>): Promise<T | undefined> {
  try {
    return await fact;
  } catch (error) {
    if (error instanceof ViaductError) return undefined;
    throw error;
  }
}
