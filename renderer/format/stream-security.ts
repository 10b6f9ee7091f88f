import {
  protectionOf,
  protections,
  protectionWords,
  type Protection,
} from '../../electron/ipc/receipt-text.ts';
import type { DataStream } from '../../electron/ipc/views.ts';

export { protectionOf, protectionWords, type Protection };

type Protected = Pick<DataStream, 'encrypted' | 'authenticated'>;

/** The weakest protection among streams that share a way; `undefined` when there are none. */
export function weakest(streams: readonly Protected[]): Protection | undefined {
  const ranks = streams.map((stream) => protections.indexOf(protectionOf(stream)));
  return ranks.length === 0 ? undefined : protections[Math.max(...ranks)];
}

/** The three ways on the map: the admin's connections to both hosts, and what goes from host to host. */
export function ways(streams: readonly DataStream[]): {
  toSource: DataStream[];
  toDestination: DataStream[];
  between: DataStream[];
} {
  return {
    toSource: streams.filter(({ name }) => name === 'control to source'),
    toDestination: streams.filter(({ name }) => name === 'control to destination'),
    between: streams.filter(({ name }) => !name.startsWith('control to')),
  };
}
