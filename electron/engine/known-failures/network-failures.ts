import type { KnownFailure } from './known-failure.ts';

const openPorts =
  'Open TCP ports 49152-49215 of the destination, or those of migration_port_min and _max in its qemu.conf, to the source: viaduct host prepare does it on the host.';
/** As QEMU's and libvirt's socket code begins it; the kernel's word for the reason follows. */
const socket = 'QEMU util/qemu-sockets.c; libvirt virnetsocket.c, virNetSocketNewConnectTCP';
const unreached =
  '(No route to host|Network is unreachable|Connection refused|(Connection|Operation) timed out)';

/** What stands between source and destination on the way there. */
export const networkFailures: readonly KnownFailure[] = [
  {
    code: 'network.data-port',
    text: new RegExp(`'(drive-mirror|blockdev-add|blockdev-mirror)'.*${unreached}`, 'i'),
    hop: 'source to destination, disks',
    cause:
      'A data port is closed: the source’s QEMU did not reach the port of 49152-49215 on which the destination takes the disks.',
    remedy: openPorts,
    source:
      'github.com/openSUSE/wicked issue 802; QEMU block/nbd.c; the kernel’s EHOSTUNREACH for a rejecting firewall',
  },
  {
    code: 'control.unreachable',
    text: /unable to connect to server at '[^']*:16514'/i,
    hop: 'source to destination, control',
    cause: 'The source’s daemon did not reach the port on which the destination’s libvirt listens for TLS.',
    remedy:
      'Let the daemon of the source reach port 16514 of the destination, on which its libvirt listens for TLS.',
    source: socket,
  },
  {
    code: 'control.refused',
    text: /authentication (failed|required|cancelled)/i,
    hop: 'source to destination, control',
    cause: 'The destination’s daemon did not let the source’s daemon in.',
    remedy:
      'See that the destination lets the source’s daemon in: its client certificate, tls_allowed_dn_list, and auth.conf of root on the source.',
    source: 'libvirt virerror.c, VIR_ERR_AUTH_FAILED',
  },
  {
    code: 'control.lost',
    text: /(connection closed due to keepalive timeout|Lost connection to destination host|client socket is closed)/i,
    hop: 'source to destination, control',
    cause: 'The connection between the two daemons broke while the guest was on its way.',
    remedy:
      'Look at the network between the hosts; longer keepalive_interval in qemu.conf bears longer gaps.',
    source: 'libvirt virkeepalive.c; qemu_migration.c, qemuMigrationSrcWaitForCompletion; virnetclient.c',
  },
  {
    code: 'network.localhost',
    text: /hostname on destination resolved to localhost/i,
    hop: 'destination',
    cause: 'The destination takes its own name for localhost, so it cannot tell the source where to go.',
    remedy: 'Give the address with --migrate-uri tcp://HOST, or mend the host name of the destination.',
    source: 'libvirt qemu_migration.c, qemuMigrationDstPrepareDirect',
  },
  {
    code: 'network.no-port',
    text: /Unable to find an unused port in range/i,
    hop: 'destination',
    cause: 'All data ports of the destination are in use, by guests that are arriving or by other programs.',
    remedy: 'Wait until other guests have arrived, or widen migration_port_min and _max in its qemu.conf.',
    source: 'libvirt virportallocator.c, virPortAllocatorAcquire',
  },
  {
    code: 'network.unreachable',
    text: /No route to host|Network is unreachable/i,
    hop: 'source to destination, memory',
    cause: 'A firewall turns the source away from the data port, or there is no way to the destination.',
    remedy: `Check the route to the data address. ${openPorts}`,
    source: socket,
  },
  {
    code: 'network.refused',
    text: /Connection refused/i,
    hop: 'source to destination, memory',
    cause:
      'Nobody takes connections on the data port: a firewall refuses them, or the name leads to another host.',
    remedy: `Check how the source resolves the destination’s name. ${openPorts}`,
    source: socket,
  },
  {
    code: 'network.timeout',
    text: /Connection timed out|Operation timed out/i,
    hop: 'source to destination, memory',
    cause: 'Nothing answers on the data port: a firewall on the way drops what is sent there.',
    remedy: openPorts,
    source: socket,
  },
  {
    code: 'network.name',
    text: /(Name or service not known|Temporary failure in name resolution|unable to resolve address)/i,
    hop: 'source',
    cause: 'The source cannot resolve the destination’s name.',
    remedy: 'Make the destination’s name known to the source, or give an address with --migrate-uri.',
    source:
      'glibc, EAI_NONAME and EAI_AGAIN, as passed on by libvirt virnetsocket.c and QEMU util/qemu-sockets.c',
  },
];
