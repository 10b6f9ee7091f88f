import { type HostName, type Lab } from '../lab.ts';

/** What a preflight must not change, and a move leaves as it was: definitions, pools, listening sockets, certificates, settings. */
export async function hostFingerprint(lab: Lab, host: HostName): Promise<string> {
  const parts = await Promise.all([
    lab.virsh(host, ['list', '--all', '--name']),
    lab.virsh(host, ['pool-list', '--all']),
    lab.mustRun(host, ['ss', '-Hltn']),
    lab.mustRun(host, ['find', '/etc/pki', '/etc/libvirt', '-printf', '%p %m %u %g %T@ %s\n']),
  ]);
  return parts.map((text) => text.split('\n').sort().join('\n')).join('\n');
}

/** What is left on a host of a move that is over: folders and sockets of ours, files among the images. */
export async function leftovers(lab: Lab, host: HostName): Promise<string[]> {
  const [own, images, sockets] = await Promise.all([
    lab.mustRun(host, ['find', '/run', '/tmp', '/var/tmp', '-name', '*viaduct*']),
    lab.mustRun(host, ['find', '/var/lib/libvirt/images', '-mindepth', '1']),
    lab.mustRun(host, ['ss', '-Hxl']),
  ]);
  const ofMigration = sockets.split('\n').filter((line) => /viaduct|migrat/.test(line));
  return [own, images]
    .flatMap((text) => text.split('\n').filter(Boolean))
    .concat(ofMigration)
    .sort();
}
