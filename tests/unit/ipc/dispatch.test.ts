import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadInputError } from '../../../electron/common/errors.ts';
import { requests, type Handlers } from '../../../electron/ipc/contract.ts';
import { createDispatch } from '../../../electron/ipc/dispatch.ts';
import { TerminalDesk } from '../../../electron/terminals/terminal-desk.ts';

const client = { terminals: new TerminalDesk(() => undefined) };

/** Answers every command the same way and counts the calls that got through. */
function handlersThat(answer: () => Promise<never>): { handlers: Handlers; calls: string[] } {
  const calls: string[] = [];
  const entries = Object.keys(requests).map((command) => [
    command,
    () => {
      calls.push(command);
      return answer();
    },
  ]);
  return { handlers: Object.fromEntries(entries) as Handlers, calls };
}

describe('dispatch', () => {
  it('lets a call through that fits its schema', async () => {
    const { handlers, calls } = handlersThat(() => Promise.resolve({} as never));
    const reply = await createDispatch(handlers)('hosts.remove', { hostId: 'a' }, client);
    expect(reply).toEqual({ ok: true, value: {} });
    expect(calls).toEqual(['hosts.remove']);
  });

  it.each([
    ['an unknown command', 'hosts.format', {}],
    ['a name of the prototype', 'constructor', {}],
    ['a missing field', 'hosts.remove', {}],
    ['a field too many', 'hosts.remove', { hostId: 'a', force: true }],
    ['another type', 'hosts.remove', { hostId: 7 }],
    ['nothing', 'hosts.list', undefined],
    ['a terminal with an id of its own making', 'terminals.close', { terminalId: '../x' }],
    [
      'more bytes than one write may have',
      'terminals.write',
      { terminalId: crypto.randomUUID(), bytes: new Uint8Array(32 * 1024 + 1) },
    ],
    [
      'a guest with a line break in its name',
      'doctor.look',
      { guest: 'web\n01', sourceHostId: 'a', destinationHostId: 'b' },
    ],
    ['a guest without a name', 'doctor.look', { guest: ' ', sourceHostId: 'a', destinationHostId: 'b' }],
    [
      'an order that the doctor does not know',
      'doctor.act',
      { visitId: crypto.randomUUID(), action: 'reset', host: 'source' },
    ],
    [
      'a third host of the doctor',
      'doctor.act',
      { visitId: crypto.randomUUID(), action: 'resume', host: 'gamma' },
    ],
    [
      'an order of the doctor with more than it may have',
      'doctor.act',
      { visitId: crypto.randomUUID(), action: 'destroy', host: 'source', force: true },
    ],
    ['a mode that does not exist', 'migrations.review', { options: { mode: 'fast' } }],
  ])('refuses %s before any handler sees it', async (_what, command, request) => {
    const { handlers, calls } = handlersThat(() => Promise.resolve({} as never));
    const reply = await createDispatch(handlers)(command, request, client);
    expect(reply).toMatchObject({ ok: false, error: { code: 'bad-request' } });
    expect(calls).toEqual([]);
  });

  it('answers every input and never rejects', async () => {
    const { handlers } = handlersThat(() => Promise.resolve({} as never));
    const dispatch = createDispatch(handlers);
    await fc.assert(
      fc.asyncProperty(fc.anything(), fc.anything(), async (command, request) => {
        expect(typeof (await dispatch(command, request, client)).ok).toBe('boolean');
      }),
    );
  });

  it('tells code, sentence and remedy of a refusal, and no stack', async () => {
    const error = new BadInputError('host-known', 'It is there already.', { remedy: 'Nothing to do.' });
    const { handlers } = handlersThat(() => Promise.reject(error));
    const reply = await createDispatch(handlers)('hosts.list', {}, client);
    expect(reply).toEqual({
      ok: false,
      error: {
        code: 'host-known',
        message: 'It is there already.',
        side: undefined,
        remedy: 'Nothing to do.',
      },
    });
  });

  it('names a fault of ours as internal', async () => {
    const { handlers } = handlersThat(() => Promise.reject(new TypeError('x is undefined')));
    const reply = await createDispatch(handlers)('hosts.list', {}, client);
    expect(reply).toMatchObject({ ok: false, error: { code: 'internal' } });
  });
});
