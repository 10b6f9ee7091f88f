import { describe, expect, test } from 'vitest';
import { checkedMigrateUri, MigrateUriError } from '../../../electron/engine/run/migrate-uri.ts';

describe('the data address that a destination returns', () => {
  test.each([
    ['tcp://beta.lab', 'tcp:beta.lab:49152', 'tcp://beta.lab:49152'],
    ['tcp://beta.lab', 'tcp://BETA.lab:49215', 'tcp://beta.lab:49215'],
    ['tcp://[fd00::2]', 'tcp:[fd00::2]:49152', 'tcp://[fd00::2]:49152'],
    ['tcp://beta.lab:49200', undefined, 'tcp://beta.lab:49200'],
    ['tcp://beta.lab:600', 'tcp://beta.lab:600', 'tcp://beta.lab:600'],
  ])('planned %s, answered %s: %s', (planned, returned, expected) => {
    expect(checkedMigrateUri(planned, returned)).toBe(expected);
  });

  test.each([
    ['tcp://beta.lab', undefined],
    ['tcp://beta.lab', ''],
    ['tcp://beta.lab', 'tcp:beta.lab'],
    ['tcp://beta.lab', 'tcp:gamma.lab:49152'],
    ['tcp://beta.lab', 'tcp:beta.lab.evil.example:49152'],
    ['tcp://beta.lab', 'unix:///run/socket'],
    ['tcp://beta.lab', 'rdma://beta.lab:49152'],
    ['tcp://beta.lab', 'tcp:beta.lab:0'],
    ['tcp://beta.lab', 'tcp:beta.lab:22'],
    ['tcp://beta.lab', 'tcp:beta.lab:65536'],
    ['tcp://beta.lab', 'tcp://user@beta.lab:49152'],
    ['tcp://beta.lab', 'tcp://beta.lab:49152/?x=1'],
    ['tcp://beta.lab', 'tcp:beta.lab:49152\n'],
    ['tcp://beta.lab', `tcp:${'b'.repeat(5_000)}:49152`],
    ['tcp://beta.lab:49200', 'tcp:beta.lab:49152'],
  ])('planned %s, answered %j: refused', (planned, returned) => {
    expect(() => checkedMigrateUri(planned, returned)).toThrow(MigrateUriError);
  });

  test('is shown without control characters', () => {
    expect(() => checkedMigrateUri('tcp://beta.lab', '\u001b[2Jtcp')).toThrow(/"\?\[2Jtcp"/);
  });
});
