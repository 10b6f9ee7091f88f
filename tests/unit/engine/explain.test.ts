import { describe, expect, test } from 'vitest';
import { ViaductError } from '../../../electron/common/errors.ts';
import { explain, isAbort } from '../../../electron/engine/explain.ts';
import type { Hop } from '../../../electron/engine/hop.ts';
import { knownFailures } from '../../../electron/engine/known-failures/all-known-failures.ts';
import { DaemonError } from '../../../electron/engine/run/migration-link.ts';

const disks = 'source to destination, disks';
const memory = 'source to destination, memory';
const data = 'source to destination, data';
const control = 'source to destination, control';
const mirrors = "internal error: unable to execute QEMU command 'drive-mirror': Failed to connect socket:";

describe('what is told of a failure', () => {
  test.each<[number, string, string, Hop]>([
    [1, `${mirrors} No route to host`, 'network.data-port', disks],
    [1, `${mirrors} Connection refused`, 'network.data-port', disks],
    [
      1,
      "internal error: unable to execute QEMU command 'blockdev-add': Failed to connect to 'beta.lab:49153': Connection timed out",
      'network.data-port',
      disks,
    ],
    [
      1,
      "internal error: unable to execute QEMU command 'blockdev-add': Certificate does not match the hostname ",
      'tls.name-empty',
      disks,
    ],
    [1, 'Certificate does not match the hostname beta.lab', 'tls.name', data],
    [1, 'The certificate has expired', 'tls.expired', data],
    [1, 'The server certificate /etc/pki/qemu/server-cert.pem is not yet active', 'tls.expired', data],
    [9, 'The certificate is not yet activated', 'tls.expired', data],
    [9, 'The certificate has been revoked', 'tls.revoked', data],
    [9, 'The certificate uses an insecure algorithm', 'tls.weak', data],
    [9, "The certificate hasn't got a known issuer", 'tls.untrusted', data],
    [9, 'TLS x509 authz check for CN=alpha.lab is denied', 'tls.denied', 'destination'],
    [9, 'Verify failed: No certificate was found.', 'tls.no-client-certificate', 'source'],
    [
      1,
      "Cannot load certificate '/etc/pki/qemu/server-cert.pem' & key '/etc/pki/qemu/server-key.pem': Error while reading file.",
      'tls.key-unreadable',
      'source',
    ],
    [
      1,
      'Unable to access credentials /etc/pki/qemu/ca-cert.pem: No such file or directory',
      'tls.credentials',
      'source',
    ],
    [1, 'Certificate c.pem usage does not permit digital signature', 'tls.usage', data],
    [55, 'this libvirtd instance allows migration only with VIR_MIGRATE_TLS flag', 'tls.required', 'source'],
    [84, 'NBD migration with TLS is not supported over UNIX socket', 'tls.unix', data],
    [84, 'Explicit destination hostname is required for TLS migration over UNIX socket', 'tls.unix', data],
    [1, 'Cannot write to TLS channel: Input/output error', 'tls.broken', data],
    [1, 'qemu-system-x86_64: Not a migration stream', 'tls.broken', data],
    [9, "unable to connect to server at 'beta.lab:49152': No route to host", 'network.unreachable', memory],
    [38, 'unable to connect to server: Connection refused', 'network.refused', memory],
    [38, "unable to connect to server at 'beta.lab:49152': Connection timed out", 'network.timeout', memory],
    [38, "unable to resolve address 'beta.lab': Name or service not known", 'network.name', 'source'],
    [
      1,
      'hostname on destination resolved to localhost, but migration requires an FQDN',
      'network.localhost',
      'destination',
    ],
    [
      1,
      "internal error: Unable to find an unused port in range 'migration' (49152-49215)",
      'network.no-port',
      'destination',
    ],
    [
      38,
      "unable to connect to server at 'beta.lab:16514': Connection refused",
      'control.unreachable',
      control,
    ],
    [45, 'authentication failed: Failed to start SASL negotiation', 'control.refused', control],
    [1, 'internal error: connection closed due to keepalive timeout', 'control.lost', control],
    [1, 'internal error: Attempt to migrate guest to the same host beta', 'same-host', 'destination'],
    [
      9,
      "operation failed: guest CPU doesn't match specification: extra features: ht",
      'cpu.threads',
      'destination',
    ],
    [
      9,
      "operation failed: guest CPU doesn't match specification: missing features: pdcm,ht",
      'cpu',
      'destination',
    ],
    [91, 'the CPU is incompatible with host CPU', 'cpu', 'destination'],
    [
      9,
      "qemu-system-x86_64: error while loading state for instance 0x0 of device '0000:00:05.0/virtio-blk'",
      'state',
      'destination',
    ],
    [74, "Migration option 'multifd' is not supported by QEMU binary", 'option', 'source'],
    [9, "operation failed: domain 'web01' already exists with uuid 1-2-3", 'name-taken', 'destination'],
    [1, 'Source and target image have different sizes', 'storage-size', 'destination'],
    [1, `Failed to get "write" lock`, 'storage-locked', 'destination'],
    [1, "Could not open '/srv/a.qcow2': Permission denied", 'storage-permission', 'destination'],
    [1, "internal error: cannot precreate storage for disk type 'block'", 'storage-precreate', 'destination'],
    [49, "no storage pool with matching target path '/srv'", 'storage-pool', 'destination'],
    [49, 'Storage pool not found', 'storage-pool', 'destination'],
    [78, 'operation aborted: migration out job: canceled by client', 'aborted', 'source'],
    [68, 'Timed out during operation: cannot acquire state change lock', 'busy', 'source'],
    [81, 'Unsafe migration: Migration without shared storage is unsafe', 'unsafe-storage', 'source'],
    [66, 'Secret not found', 'secret-missing', 'destination'],
    [
      1,
      'internal error: Child process (LC_ALL=C PATH=/usr/bin /usr/bin/qemu-system-x86_64 -name guest=web01\n-S -incoming defer) unexpected exit status 1',
      'qemu-ended',
      'destination',
    ],
    [1, 'internal error: process exited while connecting to monitor: qemu: x', 'qemu-ended', 'destination'],
    [70, 'Hook script execution failed', 'hook', 'source'],
    [55, 'Requested operation is not valid: domain has snapshots', 'not-migratable', 'source'],
  ])('code %i, "%s": %s', (errorCode, text, expected, hop) => {
    const fault = explain(new DaemonError(errorCode, 10, text), 'source', 'perform');
    const code = `migration.${expected}`;
    expect(fault).toMatchObject({ code, side: 'source', phase: 'perform', message: text, hop });
    expect(fault.remedy).not.toBe('');
  });

  test('rule one: a mirror without a route is a closed data port', () => {
    const fault = explain(new DaemonError(1, 10, `${mirrors} No route to host`), 'source', 'perform');
    expect(fault.cause).toMatch(/^A data port is closed: .*49152-49215/);
    expect(fault.remedy).toMatch(/^Open TCP ports 49152-49215 of the destination/);
  });

  test('names the host that said it where the words alone do not tell', () => {
    const error = new DaemonError(70, 10, 'Hook script execution failed');
    expect(explain(error, 'destination', 'prepare').hop).toBe('destination');
  });

  test('keeps what nobody has seen before as it is', () => {
    const fault = explain(new DaemonError(9, 10, 'something that nobody has seen'), 'source', 'perform');
    expect(fault).toMatchObject({ code: 'libvirt.9', message: 'something that nobody has seen' });
    expect(fault).not.toHaveProperty('cause');
  });

  test('keeps side and remedy of our own errors', () => {
    const error = new ViaductError('x.y', 'It broke.', { side: 'destination', remedy: 'Mend it.' });
    expect(explain(error, 'source', 'prepare')).toEqual({
      code: 'x.y',
      side: 'destination',
      phase: 'prepare',
      message: 'It broke.',
      remedy: 'Mend it.',
    });
  });

  test('always has a remedy, even for what is no error at all', () => {
    expect(explain('out of luck', 'client', 'begin')).toMatchObject({ message: 'out of luck' });
    expect(explain('out of luck', 'client', 'begin').remedy).not.toBe('');
  });

  test('knows an abort by its number, not by its text', () => {
    expect(isAbort(explain(new DaemonError(78, 10, 'beendet'), 'source', 'perform'))).toBe(true);
    expect(isAbort(explain(new DaemonError(9, 10, 'canceled by client'), 'source', 'perform'))).toBe(false);
  });
});

describe('the table of failures', () => {
  test.each(knownFailures.map((failure) => [failure.code, failure] as const))(
    '%s says in a sentence what it means, and where that is known from',
    (_code, { cause, remedy, source, text, errorCode }) => {
      expect(cause).toMatch(/^\S.*[^.]\.$/);
      expect(remedy).not.toBe('');
      expect(source).not.toBe('');
      expect(text ?? errorCode).toBeDefined();
    },
  );
});
