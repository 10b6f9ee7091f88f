import { messageOf } from '../../common/errors.ts';
import type { Clock } from '../clock.ts';
import type { HostTruth } from '../state/truth.ts';
import type { MigrationLimits } from './limits.ts';
import type { ControlLink, MigrationHost, MigrationLink } from './migration-link.ts';
import { within } from './within.ts';

export interface Sights {
  source: HostTruth;
  destination: HostTruth;
}

/** Both hosts at one moment. */
export async function seeBoth(
  { source, destination }: Record<'source' | 'destination', MigrationHost>,
  uuid: string,
  clock: Clock,
  limits: MigrationLimits,
): Promise<Sights> {
  const [onSource, onDestination] = await Promise.all([
    see(source, uuid, clock, limits),
    see(destination, uuid, clock, limits),
  ]);
  return { source: onSource, destination: onDestination };
}

/**
 * Asks one host what it knows of the guest: over the shared connection, or a new one when that does not answer.
 *
 * Never rejects: a host that cannot be asked is `unreachable`, which is never the same as not having the guest.
 */
async function see(
  host: MigrationHost,
  uuid: string,
  clock: Clock,
  limits: MigrationLimits,
): Promise<HostTruth> {
  try {
    return await ask((signal) => host.control(signal));
  } catch {
    try {
      return await ask((signal) => host.connect(signal), close);
    } catch (error) {
      return { kind: 'unreachable', message: messageOf(error) };
    }
  }

  function ask<Link extends ControlLink>(
    open: (signal: AbortSignal) => Promise<Link>,
    done: (link: Link) => void = () => undefined,
  ): Promise<HostTruth> {
    return within(clock, limits.controlMs, `the guest's state on ${host.name}`, async (signal) => {
      const link = await open(signal);
      try {
        const sighting = await link.find(uuid);
        if (sighting === undefined) return { kind: 'absent' };
        const { state, reason, persistent } = sighting;
        return { kind: 'present', state, reason, persistent };
      } finally {
        done(link);
      }
    });
  }
}

function close(link: MigrationLink): void {
  void link.close();
}
