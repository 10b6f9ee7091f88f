import type { Finding } from '../../finding.ts';
import type { BackingFile } from '../../storage/disk-copy.ts';
import type { PreflightContext } from '../context.ts';
import type { LayerFacts } from '../facts/guest-xml.ts';
import { findingsOf } from '../finding-of.ts';
import type { LocalDisk } from './chosen-disks.ts';

const finding = findingsOf('guest.disks', 'guest');
const wholeRemedy = 'copy the disk whole (--disks copy)';

export interface LayersJudgement {
  findings: Finding[];
  /** What the new top layer is put on; `undefined` where the disk is copied whole. */
  backing: BackingFile | undefined;
}

/** Whether the destination has what lies below the top layer of a disk, where the top layer alone is copied. */
export async function judgeLayers(
  { target }: LocalDisk,
  context: PreflightContext,
): Promise<LayersJudgement> {
  if (context.options.disks !== 'incremental') return { findings: [], backing: undefined };
  const layers = (await context.guest()).diskLayers.get(target) ?? [];
  const [first] = layers;
  if (first === undefined) {
    return {
      findings: [finding.info(`Disk ${target} has no layer below its top one, so it is copied whole.`)],
      backing: undefined,
    };
  }
  const judged = await Promise.all(layers.map((layer) => judgeLayer(target, layer, context)));
  const findings = judged.filter((found) => found !== undefined);
  const backing = first.path === undefined ? undefined : { path: first.path, format: first.format };
  return { findings: findings.length > 0 ? findings : [allShared(target, layers)], backing };
}

function allShared(target: string, layers: readonly LayerFacts[]): Finding {
  const paths = layers.map(({ path }) => path).join(', ');
  return finding.ok(
    `The top layer of disk ${target} is copied; both hosts see the same files below it: ${paths}.`,
  );
}

/** `undefined`: it is the very same file. */
async function judgeLayer(
  target: string,
  { path, format }: LayerFacts,
  context: PreflightContext,
): Promise<Finding | undefined> {
  const { source, destination } = context;
  if (path === undefined) {
    return finding.error({
      summary: `A layer below the top one of disk ${target} is no file, so it cannot be compared.`,
      remedy: `Make it one, or ${wholeRemedy}.`,
    });
  }
  const shared = await context.sharing(path);
  if (shared.kind === 'shared') return undefined;
  if (shared.kind === 'separate' && !shared.existsThere) {
    return finding.error({
      summary: `${destination.name} has no ${path}, which lies below the top layer of disk ${target}.`,
      remedy: `Put the same file there, or ${wholeRemedy}.`,
    });
  }
  const [here, there] = await Promise.all([source.image(path), destination.image(path)]);
  if (there.format !== format || here.capacityBytes !== there.capacityBytes) {
    return finding.error({
      summary: `${path}, below the top layer of disk ${target}, is ${format} of ${here.capacityBytes} bytes, but on ${destination.name} it is ${there.format} of ${there.capacityBytes} bytes.`,
      remedy: `Put the same file there, or ${wholeRemedy}.`,
    });
  }
  return finding.warning({
    summary: `${path}, below the top layer of disk ${target}, has the same format and size on both hosts; its content was not compared.`,
    evidence: shared.evidence,
    remedy: `Make sure that it is the same, as with sha256sum on both hosts, or ${wholeRemedy}.`,
  });
}
