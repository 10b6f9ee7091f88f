import { describe, expect, it } from 'vitest';
import { loadSlirpHelper } from '../../../../../electron/engine/preflight/facts/slirp-helper.ts';
import type { HostShell } from '../../../../../electron/hosts/host-access.ts';

const shell = (code: number, output: string): HostShell => ({
  exec: () => Promise.resolve({ code, stdout: new TextEncoder().encode(output), stderr: '' }),
});
const ask = (code: number, output: string) =>
  loadSlirpHelper(shell(code, output), '/usr/bin/slirp-helper', { signal: new AbortController().signal });

describe('the helper of user-mode networks', () => {
  it.each([
    [127, '', 'absent'],
    [1, '{"features":["migrate"]}', 'absent'],
    [0, '{"type":"slirp-helper","features":["dbus-address","migrate","restrict"]}', 'moves'],
    [0, '{ "features": [ "migrate" ] }', 'moves'],
    [0, '{"type":"slirp-helper","features":["restrict"]}', 'stays'],
    [0, '{"features":[],"name":"migrate"}', 'stays'],
    [0, 'no JSON', 'stays'],
  ])('ends with %i and says %s: %s', async (code, output, expected) => {
    expect(await ask(code, output)).toBe(expected);
  });
});
