import { mkdir } from 'node:fs/promises';
import { ensureBaseImage } from './base-image.ts';
import { bringDown } from './down.ts';
import { ensureGuestImage, type GuestImage } from './guest-image.ts';
import { layOutGuests } from './guests.ts';
import { leaderOf, mountRoot, prepareNspawnRuntimeDir, startHost, waitUntilReady } from './host.ts';
import { writeHostFiles } from './host-files.ts';
import { allHosts, type HostLayout, stateDir } from './layout.ts';
import { addOuterNames } from './name-resolution.ts';
import { ensureBridge } from './network.ts';
import { issueHostCertificates, issueWorkstationCertificate, makeAuthority } from './pki.ts';
import { installMissingPackages, requireRootOnDebian } from './prerequisites.ts';
import { savePristine } from './pristine.ts';
import { type Progress, silent } from './progress.ts';
import { makeSshKeys } from './ssh-access.ts';
import { isComplete, markComplete } from './state.ts';
import { sysctls } from './sysctl.ts';

/**
 * Brings the lab up; one that is up and whole is left as it is, whatever its guests are doing. One that is half
 * there is taken down first.
 *
 * @returns whether this call brought it up
 * @throws {LabError} `lab-unsupported` when not root on Debian
 */
export async function bringUp(progress: Progress): Promise<boolean> {
  await requireRootOnDebian();
  if (await isUp()) return false;
  await installMissingPackages(progress);
  const base = await ensureBaseImage(progress);
  const guestImage = await ensureGuestImage(base, progress);
  await bringDown(silent);

  await mkdir(stateDir, { recursive: true, mode: 0o755 });
  await sysctls.set();
  await ensureBridge();
  await prepareNspawnRuntimeDir();
  await progress.step('keys and certificates', () =>
    Promise.all([makeSshKeys(), makeAuthority().then(issueWorkstationCertificate)]),
  );
  await Promise.all(allHosts.map((host) => bringUpHost(host, base.root, guestImage, progress)));
  await addOuterNames();
  await layOutGuests(progress);
  await markComplete();
  return true;
}

async function bringUpHost(
  host: HostLayout,
  baseRoot: string,
  guestImage: GuestImage,
  progress: Progress,
): Promise<void> {
  await progress.step(`${host.fqdn} boots`, async () => {
    await mountRoot(host, baseRoot);
    await writeHostFiles(host, guestImage);
    await issueHostCertificates(host.name);
    await savePristine(host);
    await startHost(host);
    await waitUntilReady(host);
  });
}

/** Whether both hosts run and `bringUp` once went to its end. */
export async function isUp(): Promise<boolean> {
  if (!isComplete()) return false;
  const leaders = await Promise.all(allHosts.map(leaderOf));
  return leaders.every((pid) => pid !== undefined);
}
