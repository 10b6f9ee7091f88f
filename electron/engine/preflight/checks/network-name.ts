import { BadInputError } from '../../../common/errors.ts';
import { withDataAddress, type Check } from '../check.ts';
import { isLoopback, type DataAddress } from '../facts/data-address.ts';
import { findingsOf } from '../finding-of.ts';

/** Where the source's own resolver leads for the data address; the workstation's view does not matter. */
export const networkNameCheck: Check = {
  id: 'network.name',
  title: "how the source resolves the destination's data address",
  side: 'between',
  needs: ['source', 'destination'],
  applies: withDataAddress,
  run: async (context) => {
    const finding = findingsOf('network.name', 'between');
    let address: DataAddress;
    try {
      address = await context.dataAddress();
    } catch (error) {
      if (!(error instanceof BadInputError)) throw error;
      return [
        finding.error({ summary: error.message, remedy: error.remedy ?? 'Give another data address.' }),
      ];
    }
    const { host, because } = address;
    const { addresses } = await context.source.resolve(host);
    const evidence = `${address.migrateUri}: ${because}`;
    const another = 'name an address of the destination with --migrate-uri tcp://HOST';
    if (addresses.length === 0) {
      return [
        finding.error({
          summary: `${context.source.name} cannot resolve ${host}, the data address of ${context.destination.name}.`,
          evidence,
          remedy: `Put ${host} into the name service or /etc/hosts of ${context.source.name}, or ${another}.`,
        }),
      ];
    }
    const loopback = addresses.find(isLoopback);
    if (loopback !== undefined) {
      return [
        finding.error({
          summary: `Seen from ${context.source.name}, ${host} is ${loopback === host ? 'a loopback address' : loopback}: it leads back to ${context.source.name}.`,
          evidence,
          remedy: `Mend the entry for ${host} in /etc/hosts of ${context.source.name}, or ${another}.`,
        }),
      ];
    }
    return [finding.ok(`${context.source.name} reaches ${host} as ${addresses.join(', ')}.`, evidence)];
  },
};
