import { describe, expect, it } from 'vitest';
import { BadInputError } from '../../../../../electron/common/errors.ts';
import { networkNameCheck } from '../../../../../electron/engine/preflight/checks/network-name.ts';
import { networkPortsCheck } from '../../../../../electron/engine/preflight/checks/network-ports.ts';
import type { PortRange } from '../../../../../electron/engine/preflight/facts/network-probes.ts';
import type { PortProbe } from '../../../../../electron/engine/preflight/facts/port-probe.ts';
import { readQemuSettings } from '../../../../../electron/setup/config/qemu-settings.ts';
import { failing, findingsOf, given, verdict, type Facts } from '../fake-context.ts';

const resolving = (...addresses: string[]): Facts => ({ source: { resolve: given({ addresses }) } });

describe("the destination's name on the source", () => {
  it.each<[string, Facts, string]>([
    ['leads to an address', resolving('198.51.100.12', '2001:db8::12'), 'ok'],
    ['leads nowhere', resolving(), 'error'],
    ['leads back to the source', resolving('127.0.1.1'), 'error'],
    ['leads back to the source as well', resolving('198.51.100.12', '::1'), 'error'],
    [
      'is none',
      { context: { dataAddress: failing(new BadInputError('migrate-uri-invalid', 'No.')) } },
      'error',
    ],
  ])('%s', async (_words, facts, level) => {
    expect(await verdict(networkNameCheck, facts)).toEqual([`${level} network.name`]);
  });

  it('is reported with what it leads to', async () => {
    const [finding] = await findingsOf(networkNameCheck, resolving('127.0.1.1'));
    expect(finding?.summary).toBe('Seen from alpha.lab, beta.lab is 127.0.1.1: it leads back to alpha.lab.');
  });
});

describe('the data ports', () => {
  const probe = (outcome: PortProbe['outcome'], port = 49_152): PortProbe => ({
    port,
    outcome,
    detail: 'said so',
  });
  it.each<[string, PortProbe[], string]>([
    ['are open', [probe('open'), probe('open', 49_215)], 'ok'],
    ['are dropped', [probe('filtered'), probe('filtered', 49_215)], 'error'],
    ['are rejected', [probe('rejected')], 'error'],
    ['have no way to them', [probe('no-route')], 'error'],
    ['are open only in part', [probe('open'), probe('filtered', 49_215)], 'error'],
    ['are open where one could be tried', [probe('no-listener'), probe('open', 49_215)], 'ok'],
    ['could not be tried', [probe('no-listener')], 'unknown'],
  ])('%s', async (_words, probes, level) => {
    expect(await verdict(networkPortsCheck, { context: { probePorts: given(probes) } })).toEqual([
      `${level} network.ports`,
    ]);
  });

  it.each([resolving(), resolving('127.0.0.1')])(
    'are not tried where the name does not lead there',
    async (facts) => {
      const probePorts = failing(new Error('must not be tried'));
      expect(await verdict(networkPortsCheck, { ...facts, context: { probePorts } })).toEqual([
        'unknown network.ports',
      ]);
    },
  );

  async function rangeTried(facts: Facts): Promise<PortRange[]> {
    const tried: PortRange[] = [];
    const probePorts = (_host: string, range: PortRange): Promise<PortProbe[]> => {
      tried.push(range);
      return Promise.resolve([probe('open')]);
    };
    await findingsOf(networkPortsCheck, { ...facts, context: { ...facts.context, probePorts } });
    return tried;
  }

  it('are those of the settings of the destination', async () => {
    const qemuSettings = given(readQemuSettings('migration_port_min = 50000\nmigration_port_max = 50010'));
    expect(await rangeTried({ destination: { qemuSettings } })).toEqual([{ min: 50_000, max: 50_010 }]);
  });

  it('are those of libvirt where the settings cannot be read', async () => {
    const qemuSettings = failing(new Error('permission denied'));
    expect(await rangeTried({ destination: { qemuSettings } })).toEqual([{ min: 49_152, max: 49_215 }]);
  });

  it('are the one of the data address where that has one', async () => {
    const address = { migrateUri: 'tcp://b:50000', host: 'b', port: 50_000, because: 'given', tlsName: 'b' };
    expect(await rangeTried({ context: { dataAddress: given(address) } })).toEqual([
      { min: 50_000, max: 50_000 },
    ]);
  });
});
