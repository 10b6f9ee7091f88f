import type { DataStream } from '../../electron/ipc/views.ts';

/** From best to worst. */
export const protections = ['verified', 'unverified', 'clear'] as const;
export type Protection = (typeof protections)[number];

type Protected = Pick<DataStream, 'encrypted' | 'authenticated'>;

export function protectionOf({ encrypted, authenticated }: Protected): Protection {
  if (!encrypted) return 'clear';
  return authenticated ? 'verified' : 'unverified';
}

export const protectionWords: Record<Protection, string> = {
  verified: 'encrypted, both ends verified',
  unverified: 'encrypted, ends not verified',
  clear: 'in the clear',
};

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
