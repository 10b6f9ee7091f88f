/** File systems that several hosts see at once, by the names that `stat -f` prints; libvirt knows the same kinds. */
const sharedFileSystems = new Set([
  'nfs',
  'nfs4',
  'smb',
  'smb2',
  'cifs',
  'ceph',
  'gfs/gfs2',
  'ocfs2',
  'gpfs',
  'lustre',
  'afs',
  'acfs',
  'beegfs',
  'panfs',
  'vxfs',
]);

/** `unknown`: a FUSE mount may be either, as GlusterFS is; so may what this `stat` has no name for. */
export function sharing(fileSystem: string): 'shared' | 'local' | 'unknown' {
  const name = fileSystem.toLowerCase();
  if (sharedFileSystems.has(name)) return 'shared';
  return name === '' || name.startsWith('fuse') || name.startsWith('unknown') ? 'unknown' : 'local';
}
