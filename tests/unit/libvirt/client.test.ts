import { afterEach, describe, expect, it } from 'vitest';

import {
  allDomainStats,
  domainStatsGroups,
  LibvirtClient,
  libVersion,
  migrateFinish,
  migratePrepare,
  noCookie,
  params,
  procedures,
  str,
  type DomainEventPayloads,
  type OpenOptions,
  type RpcLogEntry,
} from '../../../electron/libvirt/index.ts';
import { FakeDaemon, Refusal } from '../../fakes/libvirt-daemon.ts';
import { streamPair } from '../../fakes/stream-pair.ts';

const dom = { name: 'web01', uuid: '11111111-2222-3333-4444-555555555555', id: 1 };
const opened: LibvirtClient[] = [];

function fresh(script: (daemon: FakeDaemon) => void = () => undefined) {
  const pair = streamPair();
  const daemon = new FakeDaemon(pair.server);
  script(daemon);
  const log: RpcLogEntry[] = [];
  const open = async (options: Partial<OpenOptions> = {}) => {
    const client = await LibvirtClient.open(pair.client, {
      name: 'qemu:///system',
      hostLabel: 'alpha',
      logger: (entry) => log.push(entry),
      ...options,
    });
    opened.push(client);
    return client;
  };
  return { ...pair, daemon, log, open };
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((client) => client.close()));
});

describe('opening a client', () => {
  it('logs in, asks for keepalive and opens once, in this order', async () => {
    const { daemon, open } = fresh();
    await open();
    const order = daemon.received.map(({ header }) => header.procedure);
    expect(order).toEqual([
      procedures.authList.number,
      procedures.connectSupportsFeature.number,
      procedures.connectOpen.number,
      procedures.connectRegisterCloseCallback.number,
    ]);
  });

  it('asks for a read-only connection with the flag', async () => {
    const flags: number[] = [];
    const { open } = fresh((daemon) =>
      daemon.answer(procedures.connectOpen, (args) => {
        flags.push(args.flags);
        return {};
      }),
    );
    expect((await open({ readOnly: true })).readOnly).toBe(true);
    expect(flags).toEqual([1]);
  });

  it('works with a daemon that has neither close callbacks nor keepalive', async () => {
    const { daemon, open } = fresh((fake) => {
      fake.answer(procedures.connectSupportsFeature, () => ({ supported: false }));
      fake.answer(procedures.connectRegisterCloseCallback, () => {
        throw new Refusal({ code: 39, domain: 7 });
      });
    });
    daemon.answer(procedures.connectGetLibVersion, () => ({ libVer: 4_004_002n }));
    expect(await libVersion(await open())).toEqual({ number: 4_004_002, text: '4.4.2' });
  });

  it('logs in with polkit where the daemon wants that', async () => {
    const { daemon, open } = fresh((fake) => {
      fake.answer(procedures.authList, () => ({ types: [2] }));
      fake.answer(procedures.authPolkit, () => ({ complete: true }));
    });
    await open();
    expect(daemon.callsOf(procedures.authPolkit)).toHaveLength(1);
  });

  it.each<[string, (daemon: FakeDaemon) => void, object]>([
    [
      'polkit refuses',
      (daemon) => {
        daemon.answer(procedures.authList, () => ({ types: [2] }));
        daemon.answer(procedures.authPolkit, () => {
          throw new Refusal({ code: 45, message: 'authentication failed: access denied' });
        });
      },
      { code: 'auth-failed', message: expect.stringContaining('access denied') as string },
    ],
    [
      'the daemon wants SASL',
      (daemon) => {
        daemon.answer(procedures.authList, () => ({ types: [1] }));
        daemon.answer(procedures.authSaslInit, () => ({ mechlist: 'SCRAM-SHA-256,PLAIN' }));
      },
      { code: 'auth-credentials-missing', message: expect.stringContaining('SCRAM-SHA-256') as string },
    ],
    [
      'the daemon offers no login at all',
      (daemon) => daemon.answer(procedures.authList, () => ({ types: [] })),
      { code: 'auth-unsupported' },
    ],
    [
      'the hypervisor cannot be opened',
      (daemon) =>
        daemon.answer(procedures.connectOpen, () => {
          throw new Refusal({ code: 38, message: 'no connection driver available' });
        }),
      { code: 'libvirt-system-error', message: 'no connection driver available' },
    ],
    [
      'the daemon is silent',
      (daemon) => daemon.handle(procedures.authList, () => undefined),
      { code: 'handshake-timeout' },
    ],
    [
      'the daemon hangs up',
      (daemon) => daemon.handle(procedures.connectOpen, () => daemon.close()),
      { code: 'connection-lost' },
    ],
    [
      'something else prints a banner',
      (daemon) =>
        daemon.handle(procedures.authList, () => daemon.sendRaw(Buffer.from('SSH-2.0-OpenSSH_9.2\r\n'))),
      { code: 'connection-lost', message: expect.stringContaining('1397966893 bytes') as string },
    ],
    [
      'the answer has a wrong serial',
      (daemon) =>
        daemon.handle(procedures.authList, ({ header }) =>
          daemon.reply(procedures.authList, header.serial + 1, new Uint8Array(4)),
        ),
      { code: 'handshake-timeout' },
    ],
    [
      'the answer is of another type',
      (daemon) =>
        daemon.handle(procedures.authList, ({ header }) =>
          daemon.reply(procedures.authList, header.serial, new Uint8Array(3)),
        ),
      { code: 'rpc-protocol' },
    ],
    [
      'the answer lists a billion login methods',
      (daemon) =>
        daemon.handle(procedures.authList, ({ header }) =>
          daemon.reply(procedures.authList, header.serial, Buffer.from('3fffffff', 'hex')),
        ),
      { code: 'rpc-protocol' },
    ],
    [
      'the refusal cannot be read',
      (daemon) =>
        daemon.handle(procedures.authList, ({ header }) =>
          daemon.reply(procedures.authList, header.serial, new Uint8Array(2), 1),
        ),
      { code: 'rpc-protocol' },
    ],
  ])('fails with a typed error when %s, and closes the stream', async (_case, script, expected) => {
    const { open, client } = fresh(script);
    await expect(open({ handshakeTimeoutMs: 50 })).rejects.toMatchObject(expected);
    await client.closed;
  });

  it('stops when the caller says so', async () => {
    const { open } = fresh((daemon) => daemon.handle(procedures.authList, () => undefined));
    const stop = new AbortController();
    const opening = open({ signal: stop.signal });
    stop.abort(new Error('window closed'));
    await expect(opening).rejects.toMatchObject({ code: 'call-abandoned' });
  });
});

describe('an open client', () => {
  it('takes leave of the daemon when it is closed', async () => {
    const { daemon, open } = fresh();
    const client = await open();
    await client.close();
    expect(daemon.callsOf(procedures.connectClose)).toHaveLength(1);
    expect(await client.closed).toBeUndefined();
  });

  it('is closed in order also when the daemon hangs up first', async () => {
    const { daemon, open } = fresh();
    const client = await open();
    daemon.handle(procedures.connectClose, () => daemon.close());
    await client.close();
    expect(await client.closed).toBeUndefined();
  });

  it('ends with an error when the proxy daemon loses its driver', async () => {
    const { daemon, open } = fresh();
    const client = await open();
    daemon.sendPacket(362, 2, 0, 0, new Uint8Array(4));
    expect(await client.closed).toMatchObject({ code: 'connection-lost' });
  });

  it('gives bulk statistics as maps, and asks the daemon not to wait for busy guests', async () => {
    const { open } = fresh((daemon) =>
      daemon.answer(procedures.connectGetAllDomainStats, ({ flags, stats }) => ({
        retStats: [
          {
            dom,
            params: params({
              'state.state': { type: 'int', value: stats },
              flags: { type: 'uint', value: flags },
            }),
          },
        ],
      })),
    );
    const [record] = await allDomainStats(await open(), domainStatsGroups.balloon);
    expect(record?.stats).toEqual(
      new Map([
        ['state.state', 4],
        ['flags', 0x2000_0000],
      ]),
    );
  });

  it('hands cookies from phase to phase unchanged', async () => {
    const cookie = Uint8Array.from({ length: 300 }, (_, index) => index % 256);
    const { open } = fresh((daemon) => {
      daemon.answer(procedures.domainMigratePrepare3Params, ({ cookieIn, params: given }) => {
        expect(given).toEqual(params({ destination_xml: str('<domain/>') }));
        return { cookieOut: cookieIn, uriOut: 'tcp://beta.lab:49152' };
      });
      daemon.answer(procedures.domainMigrateFinish3Params, ({ cancelled }) => {
        if (cancelled) throw new Refusal({ code: 93, message: 'migration successfully aborted' });
        return { dom, cookieOut: noCookie };
      });
    });
    const client = await open();
    const prepared = await migratePrepare(client, {
      cookie,
      params: params({ destination_xml: str('<domain/>') }),
      flags: 1,
    });
    expect(prepared).toEqual({ cookie, uri: 'tcp://beta.lab:49152' });
    const finish = { cookie: prepared.cookie, params: [], flags: 1 };
    expect(await migrateFinish(client, { ...finish, cancelled: false })).toEqual({ dom, cookie: noCookie });
    await expect(migrateFinish(client, { ...finish, cancelled: true })).rejects.toMatchObject({
      code: 'libvirt-migrate-finish-ok',
    });
  });
});

describe('domain events', () => {
  /** As libvirt's daemon, it takes each kind of event of one domain once on a connection. */
  function withEvents() {
    let nextId = 0;
    const taken = new Map<string, number>();
    const forget = (callbackId: number) => {
      for (const [key, id] of taken) if (id === callbackId) taken.delete(key);
    };
    const script = (daemon: FakeDaemon) => {
      daemon.answer(procedures.connectDomainEventCallbackRegisterAny, ({ eventId, dom: of }) => {
        const key = `${eventId} ${String(of?.uuid)}`;
        if (taken.has(key))
          throw new Refusal({ code: 1, message: 'internal error: event callback already tracked' });
        taken.set(key, nextId);
        return { callbackId: nextId++ };
      });
      daemon.answer(procedures.connectDomainEventCallbackDeregisterAny, ({ callbackId }) => {
        forget(callbackId);
        return {};
      });
      daemon.answer(procedures.connectGetHostname, () => ({ hostname: 'alpha.lab' }));
    };
    return { ...fresh(script), forget };
  }

  it('reach the listener of their callback id, 0 included, and no other', async () => {
    const { daemon, open } = withEvents();
    const client = await open();
    const first: number[] = [];
    const second: number[] = [];
    await client.onDomainEvent('migrationIteration', ({ iteration }) => first.push(iteration));
    await client.onDomainEvent('migrationIteration', ({ iteration }) => second.push(iteration), {
      domain: dom,
    });
    daemon.sendEvent('migrationIteration', 0, { dom, iteration: 1 });
    daemon.sendEvent('migrationIteration', 1, { dom, iteration: 2 });
    daemon.sendEvent('migrationIteration', 5, { dom, iteration: 3 });
    await client.call(procedures.connectGetHostname, {});
    expect([first, second]).toEqual([[1], [2]]);
  });

  it('are not lost when they overtake the answer to their registration', async () => {
    const { daemon, open } = withEvents();
    const client = await open();
    daemon.answer(procedures.connectDomainEventCallbackRegisterAny, () => {
      daemon.sendEvent('lifecycle', 7, { dom, event: 5, detail: 3 });
      return { callbackId: 7 };
    });
    const events: DomainEventPayloads['lifecycle'][] = [];
    await client.onDomainEvent('lifecycle', (event) => events.push(event));
    expect(events).toEqual([{ dom, event: 5, detail: 3 }]);
  });

  it('stop when the registration is disposed', async () => {
    const { daemon, open } = withEvents();
    const client = await open();
    const events: unknown[] = [];
    const registration = await client.onDomainEvent('reboot', (event) => events.push(event));
    await registration[Symbol.asyncDispose]();
    await registration[Symbol.asyncDispose]();
    daemon.sendEvent('reboot', 0, { dom });
    await client.call(procedures.connectGetHostname, {});
    expect(events).toEqual([]);
    expect(daemon.callsOf(procedures.connectDomainEventCallbackDeregisterAny)).toHaveLength(1);
  });

  it('reach all who listen to the same, until the last of them has left', async () => {
    const { daemon, open, forget } = withEvents();
    const client = await open();
    const heard: string[] = [];
    const listen = (who: string) =>
      client.onDomainEvent('reboot', () => heard.push(who), { domain: { ...dom, id: -1 } });
    const [first, second] = await Promise.all([listen('first'), listen('second')]);
    const tell = async () => {
      daemon.sendEvent(
        'reboot',
        daemon.callsOf(procedures.connectDomainEventCallbackRegisterAny).length - 1,
        {
          dom,
        },
      );
      await client.call(procedures.connectGetHostname, {});
      return heard.splice(0);
    };
    expect(await tell()).toEqual(['first', 'second']);
    await first[Symbol.asyncDispose]();
    expect(await tell()).toEqual(['second']);
    const answered = Promise.withResolvers<undefined>();
    const takenBack = procedures.connectDomainEventCallbackDeregisterAny;
    const asked = Promise.withResolvers<undefined>();
    daemon.answer(takenBack, async ({ callbackId }) => {
      asked.resolve(undefined);
      await answered.promise;
      forget(callbackId);
      return {};
    });
    const leaving = second[Symbol.asyncDispose]();
    await asked.promise;
    const coming = listen('third');
    answered.resolve(undefined);
    const third = await coming;
    await leaving;
    expect(await tell()).toEqual(['third']);
    await third[Symbol.asyncDispose]();
    expect(await tell()).toEqual([]);
    expect(daemon.callsOf(procedures.connectDomainEventCallbackRegisterAny)).toHaveLength(2);
    expect(daemon.callsOf(takenBack)).toHaveLength(2);
  });

  it('are registered once although the first who asked has given up', async () => {
    const { daemon, open } = withEvents();
    const client = await open();
    const giveUp = new AbortController();
    const first = client.onDomainEvent('reboot', () => undefined, { signal: giveUp.signal });
    const heard: unknown[] = [];
    const second = client.onDomainEvent('reboot', (event) => heard.push(event));
    giveUp.abort();
    await expect(first).rejects.toThrow(/given up/);
    await second;
    daemon.sendEvent('reboot', 0, { dom });
    await client.call(procedures.connectGetHostname, {});
    expect(heard).toEqual([{ dom }]);
  });

  it('that cannot be read are counted and logged, and the connection goes on', async () => {
    const { daemon, open, log } = withEvents();
    const client = await open();
    await client.onDomainEvent('lifecycle', () => undefined);
    daemon.sendPacket(318, 2, 0, 0, new Uint8Array(9));
    expect(await client.call(procedures.connectGetHostname, {})).toEqual({ hostname: 'alpha.lab' });
    expect(client.malformedEvents).toBe(1);
    expect(log).toMatchObject([{ level: 'warn', details: { procedure: 318, bytes: 9 } }]);
  });

  it('survive a listener that throws', async () => {
    const { daemon, open, log } = withEvents();
    const client = await open();
    await client.onDomainEvent('reboot', () => {
      throw new Error('listener broke');
    });
    daemon.sendEvent('reboot', 0, { dom });
    expect(await client.call(procedures.connectGetHostname, {})).toEqual({ hostname: 'alpha.lab' });
    expect(log).toMatchObject([
      { level: 'warn', message: expect.stringContaining('listener broke') as string },
    ]);
  });
});
