import { BadInputError, messageOf } from '../../common/errors.ts';
import type { HostAccess } from '../../hosts/host-access.ts';
import { domainByName, domainByUuid, errorCodes, isLibvirtError } from '../../libvirt/index.ts';
import type { Clock } from '../clock.ts';
import { unlimited } from '../run/daemon-answer.ts';
import type { MigrationLimits } from '../run/limits.ts';
import { within } from '../run/within.ts';
import type { HostTruth } from '../state/truth.ts';
import type { End } from './diagnosis.ts';

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** `seen` instead of a UUID where no host that answers knows the name, and one does not answer. */
export type FoundGuest =
  | { name: string; uuid: string }
  | { name: string; uuid: undefined; seen: Record<End, Exclude<HostTruth, { kind: 'present' }>> };

/**
 * The guest that is meant, by its UUID or by a name that either host knows it by. A UUID needs nobody to know it.
 *
 * @throws {BadInputError} `guest-not-found`, `guest-ambiguous`
 */
export async function findGuest(
  nameOrUuid: string,
  hosts: Record<End, HostAccess>,
  clock: Clock,
  limits: MigrationLimits,
): Promise<FoundGuest> {
  const isUuid = uuidPattern.test(nameOrUuid);
  const [source, destination] = await Promise.all([lookUp(hosts.source), lookUp(hosts.destination)]);
  if ('uuid' in source && 'uuid' in destination && source.uuid !== destination.uuid) throw ambiguous();
  if ('uuid' in source) return source;
  if ('uuid' in destination) return destination;
  if (isUuid) return { name: nameOrUuid, uuid: nameOrUuid.toLowerCase() };
  if (source.kind === 'absent' && destination.kind === 'absent') throw notFound();
  return { name: nameOrUuid, uuid: undefined, seen: { source, destination } };

  async function lookUp(host: HostAccess) {
    try {
      return await within(clock, limits.connectMs, `the guest on ${host.name}`, async (signal) => {
        const client = await host.control(signal);
        const ask = isUuid ? domainByUuid : domainByName;
        const { name, uuid } = await ask(client, nameOrUuid, unlimited);
        return { name, uuid };
      });
    } catch (error) {
      if (isLibvirtError(error, errorCodes.noDomain)) return { kind: 'absent' as const };
      return { kind: 'unreachable' as const, message: messageOf(error) };
    }
  }

  function ambiguous(): BadInputError {
    return new BadInputError(
      'guest-ambiguous',
      `The guest "${nameOrUuid}" of ${hosts.source.name} and that of ${hosts.destination.name} are two, with a UUID each.`,
      { side: 'client', remedy: 'Name the one that you mean by its UUID.' },
    );
  }

  function notFound(): BadInputError {
    return new BadInputError(
      'guest-not-found',
      `Neither ${hosts.source.name} nor ${hosts.destination.name} has a guest "${nameOrUuid}".`,
      {
        side: 'client',
        remedy: 'Check the name among the guests of the hosts, or name it by its UUID.',
      },
    );
  }
}
