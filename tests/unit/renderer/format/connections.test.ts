import { describe, expect, it } from 'vitest';
import type { DataStream, StreamConnection } from '../../../../electron/ipc/views.ts';
import { endsOf, portOfWay } from '../../../../renderer/format/connections.ts';
import { ways } from '../../../../renderer/format/stream-security.ts';

const names = { source: 'alpha', destination: 'beta' };
const over = (name: DataStream['name'], ports: StreamConnection['port'][]): DataStream => ({
  ...{ name, path: '', encrypted: true, authenticated: true, by: '', evidence: '' },
  connections: ports.map((port) => ({ from: 'source', to: 'destination', ...(port && { port }) })),
});

describe('the ends of a connection', () => {
  it('are named as the screen names them', () => {
    expect(endsOf({ from: 'client', to: 'destination' }, names)).toBe('This computer to beta');
    expect(endsOf({ from: 'source', to: 'destination' }, names)).toBe('alpha to beta');
  });
});

describe('the port of a way on the map', () => {
  const daemons = over('control between the daemons', [{ kind: 'port', number: 16_514 }]);
  const memory = over('memory and device state', [{ kind: 'range', first: 1, last: 9 }]);

  it('is that of the memory, where the daemons have one as well', () => {
    expect(portOfWay([daemons, memory])).toBe('ports 1–9');
    expect(portOfWay([daemons])).toBe('port 16514');
  });

  it('is not told where there is none of its own, or it is not known', () => {
    const inside = { kind: 'inside', carrier: 'ssh-session' } as const;
    expect(portOfWay([over('memory and device state', [inside, inside])])).toBeUndefined();
    expect(portOfWay([over('memory and device state', [undefined])])).toBeUndefined();
    expect(portOfWay([])).toBeUndefined();
    const keptByOlder: DataStream = {
      ...{ name: 'memory and device state', path: '', encrypted: true },
      ...{ authenticated: true, by: '', evidence: '' },
    };
    expect(portOfWay([keptByOlder])).toBeUndefined();
  });
});

describe('the ways of the map', () => {
  it('take each stream once', () => {
    const streams = [
      over('control to source', []),
      over('control to destination', []),
      over('control between the daemons', []),
      over('disk vda', []),
    ];
    const { toSource, toDestination, between } = ways(streams);
    expect([toSource, toDestination, between].map((list) => list.map(({ name }) => name))).toEqual([
      ['control to source'],
      ['control to destination'],
      ['control between the daemons', 'disk vda'],
    ]);
  });
});
