import { messageOf, ViaductError } from '../common/errors.ts';
import type { Side } from '../common/errors.ts';
import { DaemonError } from './run/migration-link.ts';
import type { Fault } from './fault.ts';
import type { Phase } from './outcome.ts';

/** A failure that is known by its text or number, and what helps. */
interface KnownFailure {
  code: string;
  /** libvirt's error number, where that alone tells. */
  errorCode?: number;
  /** Words of QEMU, GnuTLS or the kernel that libvirt passes on under a general number. */
  text?: RegExp;
  remedy: string;
}

/** The first that fits counts. The texts only choose words and remedy; no decision hangs on them. */
const knownFailures: readonly KnownFailure[] = [
  {
    code: 'tls.name',
    text: /does not match the hostname/i,
    remedy:
      'Use a data address whose host is in the destination’s QEMU certificate, or name the certificate’s name with --tls-destination.',
  },
  {
    code: 'tls.expired',
    text: /certificate.*(has expired|is expired|not yet (valid|active))/i,
    remedy: 'Renew the QEMU certificate of the host that is named, and check both hosts’ clocks.',
  },
  {
    code: 'tls.untrusted',
    text: /(no known issuer|signer not found|not trusted|hasn't got a known issuer|unknown (ca|issuer))/i,
    remedy: 'Have both hosts’ QEMU certificates issued by the same CA.',
  },
  {
    code: 'tls.credentials',
    text: /(tls credentials|unable to access credentials|No CA certificate|ca-cert\.pem|server-cert\.pem|client-cert\.pem)/i,
    remedy: 'Install a QEMU certificate tree on that host, readable by the user that QEMU runs as.',
  },
  {
    code: 'tls.broken',
    text: /(TLS (handshake|channel)|Cannot (write to|read from) TLS|Not a migration stream)/i,
    remedy:
      'Look into the guest’s log in /var/log/libvirt/qemu on the destination: it tells whose certificate was refused.',
  },
  {
    code: 'control.unreachable',
    text: /unable to connect to server at '[^']*:16514'/i,
    remedy:
      'Let the daemon of the source reach port 16514 of the destination, on which its libvirt listens for TLS.',
  },
  {
    code: 'control.refused',
    text: /authentication (failed|required|cancelled)/i,
    remedy:
      'See that the destination lets the source’s daemon in: its client certificate, tls_allowed_dn_list, and auth.conf of root on the source.',
  },
  {
    code: 'network.unreachable',
    text: /No route to host|Network is unreachable/i,
    remedy:
      'Let the source reach the destination’s data address: check routing and firewall for ports 49152-49215.',
  },
  {
    code: 'network.refused',
    text: /Connection refused/i,
    remedy:
      'Open the destination’s migration ports (49152-49215) to the source, and check the host’s name on the source.',
  },
  {
    code: 'network.timeout',
    text: /Connection timed out|Operation timed out/i,
    remedy: 'A firewall drops the data: open the destination’s migration ports (49152-49215) to the source.',
  },
  {
    code: 'network.name',
    text: /(Name or service not known|Temporary failure in name resolution|unable to resolve address)/i,
    remedy: 'Make the destination’s name known to the source, or give an address with a migrate URI.',
  },
  {
    code: 'post-copy',
    text: /userfault|post-?copy is not supported/i,
    remedy:
      'Let QEMU on the destination handle page faults: set vm.unprivileged_userfaultfd = 1 there, or move without --post-copy.',
  },
  {
    code: 'same-host',
    text: /migrate guest to the same host/i,
    remedy: 'Choose another host; two hosts with one UUID need host_uuid set in libvirtd.conf.',
  },
  {
    code: 'storage-full',
    text: /No space left on device/i,
    remedy: 'Free space on the destination where the disks go, then start again.',
  },
  {
    code: 'volume-exists',
    text: /(storage volume '[^']*' exists already|volume target path '[^']*' already exists)/i,
    remedy: 'Somebody made that file meanwhile; check again, and it is seen.',
  },
  {
    code: 'unsafe-storage',
    errorCode: 81,
    remedy: 'Copy the guest’s disks along, put them on shared storage, or set their cache mode to none.',
  },
  { code: 'aborted', errorCode: 78, remedy: 'Start the migration again when you want to.' },
  {
    code: 'busy',
    errorCode: 68,
    remedy: 'Another operation holds the guest; wait for it to end, then start again.',
  },
  { code: 'guest-gone', errorCode: 42, remedy: 'Look on both hosts whether the guest still exists.' },
  {
    code: 'access-denied',
    errorCode: 88,
    remedy: 'Use an account that may manage this host’s guests.',
  },
  {
    code: 'cpu',
    errorCode: 91,
    remedy: 'Give the guest a CPU model that both hosts offer, then restart it once.',
  },
  {
    code: 'storage-pool',
    errorCode: 49,
    remedy: 'Define and start the storage pool on the destination that holds the guest’s disks.',
  },
  {
    code: 'network-missing',
    errorCode: 43,
    remedy: 'Define and start the guest’s network on the destination.',
  },
  {
    code: 'not-migratable',
    errorCode: 55,
    remedy: 'Remove what the message names, or wait for the other job on this guest to end.',
  },
];

const unansweredRemedy =
  'Check the network to that host and that its libvirt daemon runs, then look where the guest is.';
const generalRemedy = 'Look into the daemon’s log and the guest’s log on both hosts.';

/** What to tell of anything thrown during a phase. The original text is kept in the message. */
export function explain(error: unknown, side: Side, phase: Phase): Fault {
  const message = messageOf(error);
  if (error instanceof DaemonError) {
    const known = knownFailures.find((failure) => fits(failure, error));
    return {
      code: known === undefined ? error.code : `migration.${known.code}`,
      side,
      phase,
      message,
      remedy: known?.remedy ?? generalRemedy,
    };
  }
  if (error instanceof ViaductError) {
    const remedy = error.remedy ?? unansweredRemedy;
    return { code: error.code, side: error.side ?? side, phase, message, remedy };
  }
  return { code: 'engine.unexpected', side, phase, message, remedy: unansweredRemedy };
}

/** Whether a fault is the daemon's word for having been told to stop. */
export function isAbort(fault: Fault): boolean {
  return fault.code === 'migration.aborted';
}

function fits(failure: KnownFailure, error: DaemonError): boolean {
  if (failure.errorCode !== undefined && failure.errorCode !== error.errorCode) return false;
  return failure.text?.test(error.message) ?? true;
}
