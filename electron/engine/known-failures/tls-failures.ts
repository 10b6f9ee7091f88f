import type { KnownFailure } from './known-failure.ts';

const session = 'QEMU crypto/tlssession.c, qcrypto_tls_session_check_certificate';
const credentials = 'QEMU crypto/tlscredsx509.c';

/** What stands between the two QEMUs, or a daemon and its own files, where TLS is used. */
export const tlsFailures: readonly KnownFailure[] = [
  {
    code: 'tls.name-empty',
    // The name is left out: nothing follows but the end of the sentence.
    text: /'blockdev-add': Certificate does not match the hostname\s*$/i,
    hop: 'source to destination, disks',
    cause: 'This libvirt asks the copied disks’ connection for no name at all, which no certificate has.',
    remedy: 'Name the certificate’s name with --tls-destination, or upgrade libvirt to 10.3.0.',
    source: 'libvirt NEWS 10.3.0, "Fix TLS hostname verification failure"',
  },
  {
    code: 'tls.name',
    text: /does not match the hostname/i,
    hop: 'source to destination, data',
    cause: 'The destination’s QEMU certificate is not for the name by which the source reaches it.',
    remedy:
      'Use a data address whose host is in the destination’s QEMU certificate, or name the certificate’s name with --tls-destination.',
    source: session,
  },
  {
    code: 'tls.expired',
    text: /certificate.*(has expired|is expired|not yet (valid|active|activated))/i,
    hop: 'source to destination, data',
    cause: 'A certificate is out of its dates, by the clock of the host that looked at it.',
    remedy: 'Renew the QEMU certificate of the host that is named, and check both hosts’ clocks.',
    source: `${session}; libvirt virnettlscontext.c, virNetTLSContextCheckCertTimes`,
  },
  {
    code: 'tls.revoked',
    text: /certificate has been revoked/i,
    hop: 'source to destination, data',
    cause: 'One host has a revocation list on which the other’s certificate is.',
    remedy: 'Issue a new certificate for the host whose certificate was revoked: viaduct pki deploy',
    source: session,
  },
  {
    code: 'tls.weak',
    text: /certificate uses an insecure algorithm/i,
    hop: 'source to destination, data',
    cause: 'The policy of one host’s GnuTLS refuses the key or the signature of a certificate as too weak.',
    remedy: 'Issue certificates anew, with RSA keys of at least 3072 bits and SHA-256: viaduct pki deploy',
    source: session,
  },
  {
    code: 'tls.untrusted',
    text: /(no known issuer|signer not found|not trusted|hasn't got a known issuer|unknown (ca|issuer))/i,
    hop: 'source to destination, data',
    cause: 'A certificate was issued by a CA that the host which looked at it does not trust.',
    remedy: 'Have both hosts’ QEMU certificates issued by the same CA.',
    source: session,
  },
  {
    code: 'tls.denied',
    text: /TLS x509 authz check for .* is denied/i,
    hop: 'destination',
    cause: 'The destination’s QEMU has a list of names that may send a guest, and the source is not on it.',
    remedy: 'Put the name that the message gives on that list, as the destination’s QEMU compares it.',
    source: session,
  },
  {
    code: 'tls.no-client-certificate',
    text: /No certificate was found/i,
    hop: 'source',
    cause: 'The destination asks the source for a certificate, and the source’s QEMU has none to show.',
    remedy: 'Install client-cert.pem and client-key.pem for QEMU on the source: viaduct pki deploy',
    source: 'GnuTLS, GNUTLS_E_NO_CERTIFICATE_FOUND, as QEMU writes it into the destination’s guest log',
  },
  {
    code: 'tls.key-unreadable',
    text: /Cannot load certificate .*(Error while reading file|Permission denied)/i,
    cause: 'The account that QEMU runs under may not read its private key.',
    remedy: 'Let QEMU’s group read it: chgrp to that group and chmod 0640, in a directory that it may enter.',
    source: `${credentials}, qcrypto_tls_creds_x509_load; GnuTLS, GNUTLS_E_FILE_ERROR`,
  },
  {
    code: 'tls.usage',
    text: /(usage does not permit|purpose does not allow|basic constraints (do not )?show)/i,
    hop: 'source to destination, data',
    cause: 'A certificate is not made for the part that it plays.',
    remedy: 'Issue it with the usages of a server or a client: viaduct pki deploy',
    source: `${credentials}, qcrypto_tls_creds_check_cert_key_usage`,
  },
  {
    code: 'tls.required',
    text: /allows migration only with VIR_MIGRATE_TLS/i,
    cause: 'migrate_tls_force in qemu.conf of that host forbids migrations without TLS.',
    remedy: 'Choose the mode native-tls.',
    source: 'libvirt qemu_migration.c, qemuMigrationSrcBegin',
  },
  {
    code: 'tls.unix',
    text: /TLS (is not supported|migration) over UNIX socket/i,
    hop: 'source to destination, data',
    cause: 'Disks cannot be sent encrypted through a socket of the host.',
    remedy: 'Use the mode native-tls with a data address, or ssh-relay without TLS of QEMU.',
    source: 'libvirt qemu_migration.c, qemuMigrationSrcNBDStorageCopy',
  },
  {
    code: 'tls.credentials',
    text: /(tls credentials|unable to access credentials|No CA certificate|ca-cert\.pem|server-cert\.pem|client-cert\.pem)/i,
    cause: 'A host has no QEMU certificates where its QEMU looks for them.',
    remedy: 'Install a QEMU certificate tree on that host, readable by the user that QEMU runs as.',
    source: 'QEMU crypto/tlscreds.c, qcrypto_tls_creds_get_path',
  },
  {
    code: 'tls.broken',
    text: /(TLS (handshake|channel)|Cannot (write to|read from) TLS|Not a migration stream)/i,
    hop: 'source to destination, data',
    cause: 'The other end ended the encrypted connection; most often it did not accept a certificate.',
    remedy:
      'Look into the guest’s log in /var/log/libvirt/qemu on the destination: it tells whose certificate was refused.',
    source: 'QEMU io/channel-tls.c, migration/savevm.c',
  },
];
