import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../../electron/ipc/views.ts';
import { brokenWays } from '../../../../renderer/format/broken-ways.ts';

const finding = (id: string, level: Finding['level'] = 'error'): Finding => ({
  ...{ id, level, side: 'between', summary: id },
});

describe('the ways that do not carry', () => {
  it.each([
    ['connection.source', 'toSource'],
    ['connection.destination', 'toDestination'],
    ['relay.source', 'toSource'],
    ['relay.destination', 'toDestination'],
    ['network.name', 'between'],
    ['network.ports', 'between'],
    ['control.login', 'between'],
    ['control.source.key', 'between'],
    ['tls.handshake', 'between'],
    ['tls.destination.trust', 'between'],
    ['daemon.destination.listeners', 'between'],
  ])('%s is about %s', (id, way) => {
    expect(brokenWays([finding(id)])).toEqual({ [way]: finding(id) });
  });

  it.each([
    'guest.state',
    'destination.cpu',
    'connection.read-only',
    'versions.order',
    'plan.combination',
    '',
  ])('%s is about none', (id) => {
    expect(brokenWays([finding(id)])).toEqual({});
  });

  it.each(['ok', 'info', 'warning', 'unknown'] as const)('are not told by what is only %s', (level) => {
    expect(brokenWays([finding('network.ports', level)])).toEqual({});
  });

  it('are told by the first error about each', () => {
    const found = [finding('network.name'), finding('tls.handshake'), finding('connection.source')];
    expect(brokenWays(found)).toEqual({ between: found[0], toSource: found[2] });
  });
});
