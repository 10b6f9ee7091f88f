import { describe, expect, test } from 'vitest';
import { ViaductError } from '../../../electron/common/errors.ts';
import { explain, isAbort } from '../../../electron/engine/explain.ts';
import { DaemonError } from '../../../electron/engine/run/migration-link.ts';

describe('what is told of a failure', () => {
  test.each([
    [1, 'Certificate does not match the hostname beta.lab', 'migration.tls.name'],
    [1, 'The certificate has expired', 'migration.tls.expired'],
    [9, 'unable to connect to server at beta.lab:49152: No route to host', 'migration.network.unreachable'],
    [38, 'unable to connect to server: Connection refused', 'migration.network.refused'],
    [
      38,
      "unable to connect to server at 'beta.lab:16514': Connection refused",
      'migration.control.unreachable',
    ],
    [45, 'authentication failed: Failed to start SASL negotiation', 'migration.control.refused'],
    [1, 'Cannot write to TLS channel: Input/output error', 'migration.tls.broken'],
    [1, 'qemu-system-x86_64: Not a migration stream', 'migration.tls.broken'],
    [1, 'internal error: Attempt to migrate guest to the same host beta', 'migration.same-host'],
    [78, 'operation aborted: migration out job: canceled by client', 'migration.aborted'],
    [68, 'Timed out during operation: cannot acquire state change lock', 'migration.busy'],
    [81, 'Unsafe migration: Migration without shared storage is unsafe', 'migration.unsafe-storage'],
    [55, 'Requested operation is not valid: domain has snapshots', 'migration.not-migratable'],
    [9, 'something that nobody has seen', 'libvirt.9'],
  ])('code %i, "%s": %s', (code, text, expected) => {
    const fault = explain(new DaemonError(code, 10, text), 'source', 'perform');
    expect(fault).toMatchObject({ code: expected, side: 'source', phase: 'perform', message: text });
    expect(fault.remedy).not.toBe('');
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
