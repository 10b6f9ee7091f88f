import {
  protectionOf,
  protections,
  protectionWords,
  type Protection,
} from '../../electron/ipc/receipt-text.ts';
import type { DataStream } from '../../electron/ipc/views.ts';
import type { Way } from './broken-ways.ts';

export { protectionOf, protectionWords, type Protection };

type Protected = Pick<DataStream, 'encrypted' | 'authenticated'>;

/** The weakest protection among streams that share a way; `undefined` when there are none. */
export function weakest(streams: readonly Protected[]): Protection | undefined {
  const ranks = streams.map((stream) => protections.indexOf(protectionOf(stream)));
  return ranks.length === 0 ? undefined : protections[Math.max(...ranks)];
}

/** The way that a stream takes on the map: the admin's connection to a host, or what goes from host to host. */
export function wayOf({ name }: Pick<DataStream, 'name'>): Way {
  switch (name) {
    case 'control to source':
      return 'toSource';
    case 'control to destination':
      return 'toDestination';
    default:
      return 'between';
  }
}

/** The streams of each way. */
export function ways(streams: readonly DataStream[]): Record<Way, DataStream[]> {
  const on = (way: Way): DataStream[] => streams.filter((stream) => wayOf(stream) === way);
  return { toSource: on('toSource'), toDestination: on('toDestination'), between: on('between') };
}
