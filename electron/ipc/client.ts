import { ViaductError } from '../common/errors.ts';
import type { Channel } from './channel.ts';
import type { Command, Request, Responses } from './contract.ts';

/** A refusal or failure that the other process reported. */
export class RemoteError extends ViaductError {}

/**
 * Makes one call and unwraps its reply.
 *
 * @throws RemoteError with the code, sentence and remedy that the other process gave.
 */
export async function call<C extends Command>(
  channel: Channel,
  command: C,
  request: Request<C>,
): Promise<Responses[C]> {
  const reply = await channel.call(command, request);
  if (reply.ok) return reply.value;
  const { code, message, remedy } = reply.error;
  throw new RemoteError(code, message, remedy === undefined ? {} : { remedy });
}
