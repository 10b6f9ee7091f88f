import { messageOf } from '../../common/errors.ts';
import { revocationBundle, trustBundle } from '../../pki/trust-bundle.ts';
import type { StagedFile } from '../certificate-hand.ts';
import type { DeployedHosts } from '../deployed-hosts.ts';
import type { Report } from '../pki-finding.ts';
import { requireUsualPaths, type DeployOptions, type PkiHost } from '../pki-host.ts';
import { putInUse } from '../put-in-use.ts';
import { mergedAuthorities, mergedRevocations } from './merged-trust.ts';
import type { Rotation } from './rotation.ts';

/**
 * Tells hosts whom to trust at this point of the change, and what is revoked; their own keys and certificates stay.
 * Other authorities that a host trusts stay as well. A host that cannot be told is reported, and the others are told.
 */
export async function bringTrust(
  hosts: readonly PkiHost[],
  rotation: Rotation,
  known: DeployedHosts,
  report: Report,
  options: DeployOptions,
): Promise<void> {
  await known.remember(hosts.map(({ host }) => host));
  const labels = trustedNames(rotation);
  for (const host of hosts) {
    options.signal?.throwIfAborted();
    options.tell?.(`Letting ${host.name} trust ${labels} ...`);
    const about = { id: 'pki.rotation.trust', side: 'host', host: host.name } as const;
    try {
      await bringTo(host, rotation, report, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      report({
        ...about,
        level: 'error',
        summary: `${host.name} could not be told to trust ${labels}: ${messageOf(error)}`,
        remedy: 'See to that, then run the same command again.',
      });
      continue;
    }
    report({ ...about, level: 'ok', summary: `${host.name} trusts ${labels}, for libvirt and for QEMU.` });
  }
}

function trustedNames({ successor, replaced, isRetired }: Rotation): string {
  return isRetired
    ? `${successor.name} and no longer ${replaced.name}`
    : `${replaced.name} and ${successor.name}`;
}

async function bringTo(
  host: PkiHost,
  rotation: Rotation,
  report: Report,
  options: DeployOptions,
): Promise<void> {
  requireUsualPaths(host);
  const { hand, trees } = host;
  await hand.discard([...trees.authorities, ...trees.revocations]);
  const files = await stageMerged(host, rotation);
  await putInUse(host, files, { others: [], fingerprint: undefined, report, options });
}

async function stageMerged(
  { hand, trees }: PkiHost,
  { store, successor, replaced }: Rotation,
): Promise<StagedFile[]> {
  const now = new Date();
  const ours = [successor, replaced];
  const [authorities, revocations] = await Promise.all([
    trustBundle(store, successor, now),
    revocationBundle(store, successor, now),
  ]);
  const files: StagedFile[] = [];
  for (const file of trees.authorities) {
    const text = mergedAuthorities(await hand.read(file), authorities, ours, now);
    files.push(await hand.stage(file, Buffer.from(text)));
  }
  for (const file of trees.revocations) {
    const text = await mergedRevocations(await hand.read(file), revocations, ours);
    if (text !== undefined) files.push(await hand.stage(file, Buffer.from(text)));
  }
  return files;
}
