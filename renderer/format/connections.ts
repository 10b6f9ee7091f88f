import { connectionFacts, ownPort } from '../../electron/ipc/connection-words.ts';
import type { DataStream, StreamConnection } from '../../electron/ipc/views.ts';
import type { HostNames } from './receipt.ts';

export { connectionFacts };

/** Which two machines a connection joins. */
export function endsOf({ from, to }: Pick<StreamConnection, 'from' | 'to'>, names: HostNames): string {
  return `${from === 'client' ? 'This computer' : names[from]} to ${names[to]}`;
}

/** The port of a way on the map: of the guest's memory, where that goes over it. */
export function portOfWay(streams: readonly DataStream[]): string | undefined {
  const shown = streams.find(({ name }) => name === 'memory and device state') ?? streams[0];
  const [connection, second] = shown?.connections ?? [];
  return second === undefined ? ownPort(connection?.port) : undefined;
}
