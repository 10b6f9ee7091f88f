import { expect, it } from 'vitest';
import type { ReviewFinding } from '../../../../electron/ipc/views.ts';
import { actionsFor } from '../../../../renderer/format/finding-actions.ts';
import { initialOptions } from '../../../../renderer/state/plan-options.ts';

const finding = (id: string, over: Partial<ReviewFinding> = {}): ReviewFinding => ({
  ...{ id, side: 'destination', level: 'error', summary: 'It is broken.', remedy: 'Mend it.' },
  ...over,
});
const asked = { options: initialOptions, isOff: false };
const labels = (id: string, over: Partial<typeof asked> = {}, level: ReviewFinding['level'] = 'error') =>
  actionsFor(finding(id, { level }), { ...asked, ...over }).map(({ label }) => label);

it.each<[string, string[]]>([
  ['network.ports', ['Plan the firewall', 'Move through this machine']],
  ['network.name', ['Use another address', 'Move through this machine']],
  ['tls.destination.name', ['Prepare both hosts', 'Use another address', 'Move through this machine']],
  ['tls.source.dates', ['Prepare both hosts', 'Move through this machine']],
  ['tls.handshake', ['Prepare both hosts', 'Move through this machine']],
  ['control.login.certificate', ['Prepare both hosts']],
  ['daemon.destination.listeners', ['Prepare both hosts']],
  ['destination.name-taken', ['Ask the doctor']],
  ['guest.disks', ['Copy its disks along']],
  ['connection.destination', ['Connect again']],
  ['guest.blockers', []],
  ['guest.state', []],
])('%s: %j', (id, expected) => {
  expect(labels(id)).toEqual(expected);
  expect(labels(id, {}, 'warning')).toEqual(expected);
});

it.each<[ReviewFinding['level']]>([['ok'], ['info'], ['unknown']])(
  'offers nothing where it is %s',
  (level) => {
    expect(labels('network.ports', {}, level)).toEqual([]);
  },
);

it('offers no way that is taken already, or that does not go with what was chosen', () => {
  const relayed = { ...initialOptions, mode: 'ssh-relay' as const };
  expect(labels('network.ports', { options: relayed })).toEqual(['Plan the firewall']);
  expect(labels('network.name', { options: relayed })).toEqual([]);
  expect(labels('tls.source.force', { options: relayed })).toEqual(['Encrypt with QEMU’s TLS']);
  expect(labels('relay.source', { options: relayed })).toEqual(['Encrypt with QEMU’s TLS']);
  expect(labels('tls.source.force')).toEqual([]);
  const copying = { ...initialOptions, disks: 'copy' as const };
  expect(labels('guest.disks', { options: copying })).toEqual([]);
});

it.each<[string, object, Partial<typeof asked>]>([
  ['network.ports', { mode: 'ssh-relay', control: 'managed' }, {}],
  ['guest.disks', { disks: 'copy' }, {}],
  ['control.login.port', { control: 'managed' }, { options: { ...initialOptions, control: 'p2p' } }],
  ['guest.state', { offline: true }, { isOff: true }],
])('%s: changes the options to %j', (id, expected, over) => {
  const changes = actionsFor(finding(id), { ...asked, ...over }).flatMap((action) =>
    action.do === 'change options' ? [action.options] : [],
  );
  expect(changes).toEqual([expect.objectContaining(expected)]);
});

it.each([
  [{ kind: 'start pool', pool: 'images' } as const, 'Start the pool'],
  [{ kind: 'define pool', pool: 'images', directory: '/srv/images' } as const, 'Create the pool'],
])('mends the pool, and copies nothing for it: %j', (mend, label) => {
  expect(actionsFor(finding('guest.disks', { mend }), asked)).toEqual([
    { do: 'mend', label, pool: 'images' },
  ]);
});

it('connects the host of the finding again', () => {
  const [action] = actionsFor(finding('connection.source', { side: 'source' }), asked);
  expect(action).toMatchObject({ do: 'reconnect', side: 'source' });
});
