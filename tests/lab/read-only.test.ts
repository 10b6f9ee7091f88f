import { beforeAll, expect, it } from 'vitest';
import { hosts, sshUri } from './layout.ts';
import { silent } from './progress.ts';
import { resetLab } from './reset.ts';
import { viaduct } from './support/viaduct.ts';

const writable = { source: sshUri(hosts.alpha), destination: sshUri(hosts.beta) };
const readOnly = (uri: string) => `${uri}&socket=/run/libvirt/libvirt-sock-ro`;

beforeAll(() => resetLab(silent));

it.each(['source', 'destination'] as const)(
  'a %s that is read-only: refused, exit code 3, nothing begun',
  async (side) => {
    const uriOf = (of: typeof side) => (of === side ? readOnly(writable[of]) : writable[of]);
    const run = await viaduct([
      'migrate',
      'web01',
      '--source',
      uriOf('source'),
      '--destination',
      uriOf('destination'),
      '--json',
    ]);
    expect(run.code).toBe(3);
    expect(run.lines.filter(({ type, level }) => type === 'check' && level === 'error')).toMatchObject([
      { id: 'connection.read-only', side },
    ]);
    expect(run.result).toMatchObject({ outcome: 'refused', error: { code: 'connection.read-only' } });
    expect(run.lines.some(({ type }) => type === 'phase')).toBe(false);
  },
);

it('guests can be listed for reading alone, with all that is told of them', async () => {
  const run = await viaduct(['guests', writable.source, '--read-only', '--json']);
  expect(run.code).toBe(0);
  expect(run.lines.map(({ name }) => name)).toEqual(['db01', 'web01']);
  expect(run.lines[0]).toMatchObject({ details: 'read', disks: [{ target: 'vda' }] });
});
