import type { Check } from '../check.ts';
import type { KnownDomain } from '../facts/daemon.ts';
import { findingsOf } from '../finding-of.ts';

/** An inactive definition with the same name and UUID is taken over; everything else that clashes is refused. */
export const nameTakenCheck: Check = {
  id: 'destination.name-taken',
  title: 'whether name and UUID are free on the destination',
  side: 'destination',
  needs: ['guest', 'source', 'destination'],
  run: async (context) => {
    const { source, destination } = context;
    const finding = findingsOf('destination.name-taken', 'destination');
    const guest = await context.guest();
    const { uuid } = guest;
    const name = context.options.rename ?? guest.name;
    const [from, to] = await Promise.all([source.capabilities(), destination.capabilities()]);
    if (from.hostUuid === to.hostUuid)
      return [finding.info(`${destination.name} seems to be the source itself.`)];
    const [byName, byUuid] = await Promise.all([
      destination.domainByName(name),
      destination.domainByUuid(uuid),
    ]);
    const other = [byName, byUuid].find((found) => found !== undefined && !isSame(found, name, uuid));
    if (other !== undefined) {
      const what = other.name === name ? `a guest named ${name}` : `a guest with the UUID ${uuid}`;
      return [
        finding.error({
          summary: `${destination.name} already has ${what}: ${other.name}, UUID ${other.uuid}.`,
          remedy: `Rename or remove ${other.name} on ${destination.name}, or choose another destination.`,
        }),
      ];
    }
    const same = byName ?? byUuid;
    if (same === undefined) return [finding.ok(`${destination.name} has no guest of that name or UUID.`)];
    if (same.active) {
      return [
        finding.error({
          summary: `${name} is already active on ${destination.name}.`,
          remedy: 'Find out which of the two is right before anything else; never run both.',
        }),
      ];
    }
    if (!same.persistent) {
      return [
        finding.error({
          summary: `${destination.name} holds an inactive remainder of ${name} that has no definition.`,
          remedy: `Restart libvirt on ${destination.name}; running guests are not affected.`,
        }),
      ];
    }
    return [finding.info(`${destination.name} has a definition of ${name}, shut off; it will be replaced.`)];
  },
};

function isSame(domain: KnownDomain, name: string, uuid: string): boolean {
  return domain.name === name && domain.uuid.toLowerCase() === uuid.toLowerCase();
}
