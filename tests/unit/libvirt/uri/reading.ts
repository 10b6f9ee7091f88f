import { expect, it } from 'vitest';

import { parseConnectUri, type ParsedUri } from '../../../../electron/libvirt/uri.ts';

type Parameters = ParsedUri['parameters'];

/** What a URI says apart from its driver and transport; what is left out here must be absent there too. */
export interface Reading extends Partial<
  Omit<ParsedUri, 'text' | 'driver' | 'transport' | 'query' | 'parameters'>
> {
  readonly query?: readonly (readonly [name: string, value: string])[];
  readonly parameters?: Partial<Parameters>;
}

/** The whole reading of one URI. */
export type Expected = readonly [text: string, driver: string, transport: ParsedUri['transport'], Reading];

const noParameters: Parameters = {
  name: undefined,
  mode: undefined,
  socket: undefined,
  auth: undefined,
  authfile: undefined,
  command: undefined,
  netcat: undefined,
  proxy: undefined,
  keyfile: undefined,
  noTty: false,
  noVerify: false,
  noSanity: false,
  pkipath: undefined,
  tlsPriority: undefined,
  sshauth: undefined,
  knownHosts: undefined,
  knownHostsVerify: undefined,
};

/** One test for each URI: every member of its reading, and none beside them. */
export function readsExactly(table: readonly Expected[]): void {
  it.each(table)('%s', (text, driver, transport, { query = [], parameters, ...rest }) => {
    expect(parseConnectUri(text)).toStrictEqual({
      text,
      driver,
      transport,
      transportAsWritten: undefined,
      user: undefined,
      server: undefined,
      port: undefined,
      path: '/system',
      remoteName: 'qemu:///system',
      warnings: [],
      ...rest,
      query: query.map(([name, value]) => ({ name, value })),
      parameters: { ...noParameters, ...parameters },
    });
  });
}

/** One test for each URI that is refused, with its exact sentence. */
export function refuses(table: readonly (readonly [text: string, sentence: string])[]): void {
  it.each(table)('%j', (text, message) => {
    const refusal: unknown = expect.objectContaining({ name: 'BadInputError', code: 'bad-uri', message });
    expect(() => parseConnectUri(text)).toThrow(refusal);
    expect(message).toMatch(/^[A-Z"][^\n]{10,300}[.]$/);
  });
}
