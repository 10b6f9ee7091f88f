/** Why each check is made, for whoever is to mend what it found; by the check's id without the host in its middle. */
const reasons: Readonly<Record<string, string>> = {
  'plan.combination':
    'libvirt refuses some options together only in the middle of a migration, and leaves others out without a word.',
  connection: 'Whatever is asked, and the migration itself, goes through this connection.',
  'connection.read-only': 'A migration changes both hosts: the guest ends on one and begins on the other.',
  versions: 'libvirt 4.4.0 and QEMU 2.11 are the oldest that encrypt memory and disks with QEMU’s own TLS.',
  'versions.order':
    'Neither libvirt nor QEMU supports the way from a newer version to an older one: the older may not know a device’s state.',
  'versions.known-bugs':
    'Release notes of libvirt and QEMU name bugs that break or damage a migration of certain versions with certain options.',
  'plan.versions':
    'An option that a daemon does not know is refused by it, at worst after the copy has begun.',
  'hosts.same':
    'libvirt refuses a migration to itself, and takes hosts of one UUID for the same; cloned machines often share it.',
  'guest.state':
    'Only a guest that runs has memory to move; one that is shut off can be moved as a definition.',
  'guest.manager':
    'A manager that is not told goes on to believe that the guest runs on the source, and may start it there a second time.',
  'guest.blockers':
    'The state of some devices cannot leave a host, and some jobs hold the guest: the hypervisor refuses the migration.',
  'guest.disks':
    'Memory alone is moved; a disk that is not the very same file on both hosts is lost to the guest, or damaged by both.',
  'destination.disk-space':
    'A copy that fills the destination’s disk breaks off, and harms what else lies on it.',
  'destination.name-taken':
    'A host has one guest of a name and one of a UUID; another in its place would be replaced or refused.',
  'destination.cpu':
    'The guest has seen its CPU’s features and goes on to use them; where one is missing, it crashes.',
  'destination.machine':
    'The guest’s devices are those of its machine type; QEMU cannot load their state into another.',
  'destination.firmware':
    'QEMU on the destination opens the firmware and kernel files before it takes the guest in.',
  'destination.tpm':
    'What an emulated TPM keeps travels with the guest; a TPM of the host, or none, cannot take it.',
  'destination.networks':
    'Without its network or bridge the guest is refused, or runs on and reaches nobody.',
  'destination.memory':
    'A guest that does not fit makes the destination swap, or end a process: perhaps another guest.',
  'destination.placement':
    'Huge pages, NUMA nodes and CPUs to which the guest is tied have to be there, or it is not taken in.',
  clock:
    'Certificates are judged by each host’s clock, and the guest takes its time from that of the host on which it runs.',
  'network.name':
    'The source’s own resolver decides where the memory goes; a name that leads back to the source fails late.',
  'network.ports':
    'QEMU sends memory and disks to ports of 49152-49215; one that is closed is told as “No route to host”, long after the start.',
  'destination.firewall':
    'What the firewall lets in is for the ports to show; which program decides it says where to mend it.',
  'daemon.settings':
    'libvirt reads its settings at its start alone: what the file says may not be what it does.',
  'daemon.listeners':
    'A daemon that does not listen cannot be reached by the other, and one that listens to all lets in anybody.',
  'daemon.served': 'The daemon reads its certificate once: a renewed file is of no use until it is reloaded.',
  'control.login':
    'In peer-to-peer the source’s daemon logs in at the destination with credentials of its own, which nobody sees fail.',
  'control.certificate':
    'The daemons’ connection works until its certificate ends, and a weak key can be broken by who records it.',
  'control.key': 'Who has the key of a host’s certificate can pass for that host.',
  relay:
    'The guest goes through this machine’s OpenSSH, which may forward no sockets, or ask what nobody can answer.',
  tls: 'QEMU opens these files as its own account in the middle of the migration, and says little about what is wrong.',
  'tls.name':
    'QEMU on the source always compares the name that it connects to, and nothing can switch that off.',
  'tls.trust': 'Each end verifies the other’s certificate with its own CA file.',
  'tls.revocations':
    'A revocation list that is broken shuts out everybody, and one that is good whoever is on it.',
  'tls.verify': 'A destination that does not verify takes a guest from whoever reaches its port first.',
  'tls.handshake': 'A handshake with the very files and accounts finds what reading the files does not.',
  'tls.force': 'A host that insists on TLS refuses a migration in the clear in its first call.',
};

/** @param check the id of a check of the preflight, as `tls.destination.name` */
export function reasonFor(check: string): string | undefined {
  const key = check.replace(/\.(?:source|destination)(?=\.|$)/, '');
  return Object.hasOwn(reasons, key) ? reasons[key] : undefined;
}
