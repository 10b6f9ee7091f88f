import { BadInputError } from '../common/errors.ts';
import type { ManagedHost } from './managed-host.ts';

/**
 * Refuses what only QEMU's driver can do, where the connect URI itself names another one. What a daemon that chooses by
 * itself drives is found out by the preflight.
 *
 * @throws {BadInputError} `driver-unsupported`
 */
export function requireQemu({ driver }: Pick<ManagedHost, 'driver'>): void {
  if (driver === 'qemu' || driver === 'remote') return;
  throw new BadInputError(
    'driver-unsupported',
    `The driver ${driver} is not supported here; Viaduct moves guests of QEMU and KVM.`,
    { side: 'client', remedy: 'Use a URI that begins with qemu, as qemu+ssh://user@host/system.' },
  );
}
