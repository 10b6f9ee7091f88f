import { z } from 'zod';
import { requests, type ClientContext, type Command, type Handlers, type Reply } from './contract.ts';
import { wireError } from './wire-error.ts';

function isCommand(value: unknown): value is Command {
  return typeof value === 'string' && Object.hasOwn(requests, value);
}

function refused(message: string): Reply<Command> {
  return { ok: false, error: { code: 'bad-request', message, side: undefined, remedy: undefined } };
}

async function answer(
  handlers: Handlers,
  command: Command,
  request: unknown,
  client: ClientContext,
): Promise<Reply<Command>> {
  const parsed = requests[command].safeParse(request);
  if (!parsed.success) return refused(`${command}: ${z.prettifyError(parsed.error)}`);
  // The schema at `command` and the handler at `command` agree by the type of Handlers; TypeScript cannot
  // correlate the two look-ups.
  const handler = handlers[command] as (request: unknown, client: ClientContext) => Promise<never>;
  try {
    return { ok: true, value: await handler(parsed.data, client) };
  } catch (error) {
    return { ok: false, error: wireError(error) };
  }
}

export type Dispatch = (command: unknown, request: unknown, client: ClientContext) => Promise<Reply<Command>>;

/** Makes the checked entrance to the handlers; see {@link BackendClient.dispatch}. */
export function createDispatch(handlers: Handlers): Dispatch {
  return (command, request, client) =>
    isCommand(command)
      ? answer(handlers, command, request, client)
      : Promise.resolve(refused('There is no such command.'));
}
