import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { ViaductError } from '../../../../electron/common/errors.ts';
import {
  CallUnansweredError,
  procedures,
  type ReconnectingClient,
} from '../../../../electron/libvirt/index.ts';
import { dom, reconnecting as made } from './many-connections.ts';

const open: ReconnectingClient[] = [];

function reconnecting(...args: Parameters<typeof made>) {
  const all = made(...args);
  open.push(all.client);
  return all;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.disconnect()));
});

const unreachable = () => new ViaductError('ssh-unreachable', 'Nothing answers.');
const hostname = procedures.connectGetHostname;
const resume = procedures.domainResume;

describe('a call when the link breaks', () => {
  it('is asked again when it only reads', async () => {
    const { client, reached } = reconnecting((daemon, connection, breakLink) => {
      if (connection === 0) daemon.handle(hostname, breakLink);
    });
    expect(await client.call(hostname, {})).toEqual({ hostname: 'alpha.lab' });
    expect(reached).toHaveLength(2);
    expect(client.unanswered).toEqual([]);
  });

  it('is never sent twice when it changes something, and is listed as one of unknown outcome', async () => {
    const { client, reached, untilState } = reconnecting((daemon, connection, breakLink) => {
      if (connection === 0) daemon.handle(resume, breakLink);
    });
    const before = Date.now();
    await expect(client.call(resume, { dom })).rejects.toMatchObject({
      code: 'connection-lost',
      outcome: 'unknown',
    });
    await untilState('connected');
    expect(reached[1]?.daemon.callsOf(resume)).toHaveLength(0);
    expect(client.unanswered).toMatchObject([{ procedure: 'DOMAIN_RESUME' }]);
    expect(client.unanswered[0]?.calledAtMs).toBeGreaterThanOrEqual(before);
  });

  it('goes over the next connection when it was still waiting for its place', async () => {
    const { client, connection } = reconnecting((daemon, number) => {
      if (number === 0) daemon.handle(resume, () => undefined);
      else daemon.answer(resume, () => ({}));
    });
    const calls = Promise.allSettled(Array.from({ length: 6 }, () => client.call(resume, { dom })));
    const { daemon, breakLink } = await connection(0);
    await daemon.until(() => daemon.callsOf(resume).length === 4);
    breakLink();
    expect((await calls).map(({ status }) => status)).toEqual([
      ...Array.from({ length: 4 }, () => 'rejected'),
      'fulfilled',
      'fulfilled',
    ]);
    expect((await connection(1)).daemon.callsOf(resume)).toHaveLength(2);
    expect(client.unanswered).toHaveLength(4);
  });

  it('that was given up by its deadline is of unknown outcome too', async () => {
    const { client } = reconnecting((daemon) => daemon.handle(resume, () => undefined));
    await expect(client.call(resume, { dom }, { deadlineMs: 5 })).rejects.toMatchObject({
      code: 'call-timeout',
    });
    expect(client.unanswered).toMatchObject([{ procedure: 'DOMAIN_RESUME' }]);
  });
});

it('settles every call whatever breaks when: nothing is done twice, and not-sent is true', async () => {
  const behaviour = fc.constantFrom('answer', 'break before', 'break after', 'silence');
  await fc.assert(
    fc.asyncProperty(fc.array(behaviour, { maxLength: 40 }), async (behaviours) => {
      const script = [...behaviours];
      const done = new Map<string, number>();
      const { client } = reconnecting((daemon, _connection, breakLink) => {
        const act = (name: string) => {
          const next = script.shift() ?? 'answer';
          if (next === 'break before') breakLink();
          else if (next === 'break after') {
            done.set(name, (done.get(name) ?? 0) + 1);
            breakLink();
          } else if (next === 'answer') done.set(name, (done.get(name) ?? 0) + 1);
          return next === 'silence' ? new Promise<void>(() => undefined) : Promise.resolve();
        };
        daemon
          .answer(resume, ({ dom: { name } }) => act(name).then(() => ({})))
          .answer(procedures.domainGetState, ({ dom: { name } }) =>
            act(name).then(() => ({ state: 1, reason: 0 })),
          );
      });
      const names = Array.from({ length: 16 }, (_, index) => `${index % 2 === 0 ? 'write' : 'read'}${index}`);
      const ended = await Promise.allSettled(
        names.map(async (name) => {
          const options = { deadlineMs: 60 };
          const named = { ...dom, name };
          if (name.startsWith('write')) await client.call(resume, { dom: named }, options);
          else await client.call(procedures.domainGetState, { dom: named, flags: 0 }, options);
        }),
      );
      const times = (name: string) => done.get(name) ?? 0;
      for (const [index, name] of names.entries()) {
        const result = ended[index];
        if (name.startsWith('write')) expect(times(name)).toBeLessThanOrEqual(1);
        if (result?.status === 'fulfilled') expect(times(name)).toBeGreaterThanOrEqual(1);
        else {
          expect(result?.reason).toBeInstanceOf(CallUnansweredError);
          const { outcome } = result?.reason as CallUnansweredError;
          if (outcome === 'not-sent' && name.startsWith('write')) expect(times(name)).toBe(0);
        }
      }
      await client.disconnect();
    }),
    { numRuns: 60 },
  );
});

describe('a call while there is no connection', () => {
  it('waits for the next one', async () => {
    const { client, failures, reached } = reconnecting();
    failures.push(unreachable(), unreachable());
    expect(await client.call(hostname, {})).toEqual({ hostname: 'alpha.lab' });
    expect(reached).toHaveLength(1);
  });

  it('fails at once when asked to', async () => {
    const { client, failures } = reconnecting(undefined, { random: () => 1 });
    failures.push(unreachable());
    await expect(client.connected()).rejects.toMatchObject({ code: 'ssh-unreachable' });
    await expect(client.call(hostname, {}, { whenDisconnected: 'fail' })).rejects.toMatchObject({
      code: 'connection-lost',
      outcome: 'not-sent',
      message: 'alpha is not connected: Nothing answers.',
    });
  });

  it('waits no longer than its deadline, and no longer than its caller', async () => {
    const { client, failures } = reconnecting(undefined, { random: () => 1 });
    failures.push(unreachable());
    await client.connected().catch(() => undefined);
    await expect(client.call(hostname, {}, { deadlineMs: 5 })).rejects.toMatchObject({
      code: 'call-timeout',
      outcome: 'not-sent',
    });
    const signal = AbortSignal.abort(new Error('window closed'));
    await expect(client.call(hostname, {}, { signal })).rejects.toMatchObject({ code: 'call-abandoned' });
  });

  it('fails when a person has to do something, with what that is', async () => {
    const { client, failures } = reconnecting(undefined, { isWorthRetrying: () => false });
    failures.push(new ViaductError('ssh-host-key-changed', 'Another key.', { remedy: 'Compare them.' }));
    await expect(client.call(hostname, {})).rejects.toMatchObject({
      code: 'connection-lost',
      outcome: 'not-sent',
      remedy: 'Compare them.',
    });
    expect(client.state).toMatchObject({ kind: 'lost', error: { code: 'ssh-host-key-changed' } });
  });

  it('fails when the client is closed, which stays closed until it is used again', async () => {
    const { client, connection, reached } = reconnecting((daemon, number) => {
      if (number === 0) daemon.handle(hostname, () => undefined);
    });
    const call = client.call(hostname, {});
    const { daemon } = await connection(0);
    await daemon.until(() => daemon.callsOf(hostname).length === 1);
    const closing = client.disconnect();
    await expect(call).rejects.toMatchObject({ code: 'connection-lost' });
    await closing;
    expect(client.state.kind).toBe('idle');
    expect(reached).toHaveLength(1);
    expect(await client.call(hostname, {})).toEqual({ hostname: 'alpha.lab' });
  });
});

describe('the state', () => {
  it('tells each step from the first attempt to the last', async () => {
    const { client, failures, connection, untilState } = reconnecting(undefined, {
      isWorthRetrying: (error) => !(error instanceof ViaductError && error.code === 'ssh-auth-failed'),
    });
    const kinds: string[] = [];
    client.onChange(() => kinds.push(client.state.kind));
    failures.push(unreachable());
    client.tryNow();
    await untilState('connected');
    failures.push(new ViaductError('ssh-auth-failed', 'Refused.'));
    (await connection(0)).breakLink();
    await untilState('lost');
    client.tryNow();
    await untilState('connected');
    expect(kinds).toEqual([
      'connecting',
      'reconnecting',
      'connected',
      'reconnecting',
      'lost',
      'connecting',
      'connected',
    ]);
  });

  it('ends its pause when it is told to try now', async () => {
    const { client, connection, untilState } = reconnecting(undefined, { random: () => 1 });
    await client.connected();
    (await connection(0)).breakLink();
    await untilState('reconnecting');
    const { state } = client;
    expect(state.kind === 'reconnecting' && state.nextTryMs - state.sinceMs).toBeGreaterThanOrEqual(1000);
    const asked = performance.now();
    await client.connected();
    expect(performance.now() - asked).toBeLessThan(500);
  });
});

describe('events', () => {
  it('go on over the next connection, and the listener hears that there is a gap', async () => {
    const { client, connection, untilState } = reconnecting();
    const heard: string[] = [];
    await client.onDomainEvent('reboot', ({ dom: { name } }) => heard.push(name), {
      onMissed: () => heard.push('gap'),
    });
    const gone = await client.onDomainEvent('reboot', () => heard.push('disposed'));
    await gone[Symbol.asyncDispose]();
    const first = await connection(0);
    first.daemon.sendEvent('reboot', 0, { dom: { ...dom, name: 'one' } });
    await client.call(hostname, {});
    first.breakLink();
    const { daemon } = await connection(1);
    await untilState('connected');
    expect(daemon.callsOf(procedures.connectDomainEventCallbackRegisterAny)).toHaveLength(1);
    daemon.sendEvent('reboot', 0, { dom: { ...dom, name: 'two' } });
    await client.call(hostname, {});
    expect(heard).toEqual(['one', 'gap', 'two']);
  });

  it('are registered once the host is back when it was away', async () => {
    const { client, failures, connection } = reconnecting();
    failures.push(unreachable());
    const heard: string[] = [];
    await client.onDomainEvent('reboot', ({ dom: { name } }) => heard.push(name));
    (await connection(0)).daemon.sendEvent('reboot', 0, { dom });
    await client.call(hostname, {});
    expect(heard).toEqual(['web01']);
  });
});

describe('calls that take long', () => {
  it('have a connection of their own when they are long by nature', async () => {
    const { client, connection } = reconnecting((daemon) =>
      daemon.handle(procedures.domainCreate, () => undefined),
    );
    const starting = Array.from({ length: 3 }, () => client.call(procedures.domainCreate, { dom }));
    const settled = Promise.allSettled(starting);
    for (const number of [1, 2, 3]) {
      const { daemon } = await connection(number);
      await daemon.until(() => daemon.callsOf(procedures.domainCreate).length === 1);
    }
    expect((await connection(0)).daemon.callsOf(procedures.domainCreate)).toHaveLength(0);
    expect(await client.call(hostname, {})).toEqual({ hostname: 'alpha.lab' });
    await client.disconnect();
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(client.unanswered.map(({ procedure }) => procedure)).toEqual(
      Array.from({ length: 3 }, () => 'DOMAIN_CREATE'),
    );
  });

  it('give way when they hold every place: the next call goes over a further connection', async () => {
    const xml = procedures.domainGetXmlDesc;
    const { client, connection } = reconnecting((daemon, number) => {
      if (number === 0) daemon.handle(xml, () => undefined);
      else daemon.answer(xml, () => ({ xml: '<domain/>' }));
    });
    const stuck = Promise.allSettled(
      Array.from({ length: 4 }, () => client.call(xml, { dom, flags: 0 }, { whenDisconnected: 'fail' })),
    );
    const { daemon, breakLink } = await connection(0);
    await daemon.until(() => daemon.callsOf(xml).length === 4);
    expect(await client.call(xml, { dom, flags: 0 })).toEqual({ xml: '<domain/>' });
    expect(await client.call(hostname, {})).toEqual({ hostname: 'alpha.lab' });
    breakLink();
    expect((await stuck).map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => 'rejected'));
  });
});

describe('a read-only connection', () => {
  it('refuses here what needs write access, without asking', async () => {
    const { client, reached } = reconnecting(undefined, { readOnly: true });
    await expect(client.call(resume, { dom })).rejects.toMatchObject({
      code: 'read-only',
      message: expect.stringContaining('DOMAIN_RESUME') as string,
    });
    expect(reached).toHaveLength(0);
    expect(await client.call(hostname, {})).toEqual({ hostname: 'alpha.lab' });
  });
});
