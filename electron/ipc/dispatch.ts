import { z } from 'zod';
import { messageOf, ViaductError } from '../common/errors.ts';
import { requests, type Command, type Handlers, type Reply, type WireError } from './contract.ts';

function isCommand(value: unknown): value is Command {
  return typeof value === 'string' && Object.hasOwn(requests, value);
}

function wireError(error: unknown): WireError {
  if (error instanceof ViaductError) {
    return { code: error.code, message: error.message, side: error.side, remedy: error.remedy };
  }
  return { code: 'internal', message: messageOf(error), side: undefined, remedy: undefined };
}

function refused(message: string): Reply<Command> {
  return { ok: false, error: { code: 'bad-request', message, side: undefined, remedy: undefined } };
}

async function answer(handlers: Handlers, command: Command, request: unknown): Promise<Reply<Command>> {
  const parsed = requests[command].safeParse(request);
  if (!parsed.success) return refused(`${command}: ${z.prettifyError(parsed.error)}`);
  // The schema at `command` and the handler at `command` agree by the type of Handlers; TypeScript cannot
  // correlate the two look-ups.
  const handler = handlers[command] as (request: unknown) => Promise<never>;
  try {
    return { ok: true, value: await handler(parsed.data) };
  } catch (error) {
    return { ok: false, error: wireError(error) };
  }
}

/** Makes the checked entrance to the handlers; see {@link Backend.dispatch}. */
export function createDispatch(
  handlers: Handlers,
): (command: unknown, request: unknown) => Promise<Reply<Command>> {
  return (command, request) =>
    isCommand(command)
      ? answer(handlers, command, request)
      : Promise.resolve(refused('There is no such command.'));
}
