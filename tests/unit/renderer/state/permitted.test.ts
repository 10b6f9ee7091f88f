import { expect, it } from 'vitest';
import { whyNoChange, whyNoConsole } from '../../../../renderer/state/permitted.ts';
import type { GuestSnapshot, HostSnapshot } from '../../../../electron/ipc/views.ts';
import { guest, host } from '../samples.ts';

const web01 = guest('web01');
const alpha = host('alpha', [web01]);
const reason = 'alpha was added for reading only.';

it.each<[string, Partial<HostSnapshot>, Partial<GuestSnapshot>, string | undefined]>([
  ['a running guest', {}, {}, undefined],
  ['a paused guest', {}, { state: 'paused' }, undefined],
  ['a guest that is off', {}, { state: 'shut off' }, 'is shut off'],
  ['a host only to look at', { readOnly: { reason } }, {}, reason],
  [
    'a host that is away',
    { connection: { kind: 'lost', sinceMs: 0, sentence: '', remedy: undefined } },
    {},
    'is not connected',
  ],
])('the console of %s', (_what, hostChange, guestChange, words) => {
  const why = whyNoConsole({ ...alpha, ...hostChange }, { ...web01, ...guestChange });
  if (words === undefined) expect(why).toBeUndefined();
  else expect(why).toContain(words);
});

it('a host only to look at is not changed, with that reason', () => {
  expect(whyNoChange(alpha)).toBeUndefined();
  expect(whyNoChange({ ...alpha, readOnly: { reason } })).toBe(reason);
});
