import { describe, expect, test } from 'vitest';
import { simulate } from './run-simulation.ts';

describe('a managed migration', () => {
  test('moves a guest and says where it runs', async () => {
    const { result, hosts, phases } = await simulate();
    expect(result).toMatchObject({ outcome: 'migrated', runningOn: 'destination', downtimeMs: 42 });
    expect(hosts.runningOn).toEqual(['destination']);
    expect(hosts.copies.source).toBeUndefined();
    expect(phases).toEqual(
      ['begin', 'prepare', 'perform', 'finish', 'confirm'].flatMap((phase) => [
        `${phase} begin`,
        `${phase} end`,
      ]),
    );
  });
});
