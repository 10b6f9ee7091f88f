import { expect, it } from 'vitest';

import { saslprep } from '../../../../electron/libvirt/auth/saslprep.ts';

it.each([
  ['I\u00adX', 'IX'],
  ['user', 'user'],
  ['USER', 'USER'],
  ['\u00aa', 'a'],
  ['\u2168', 'IX'],
  ['a\u00a0b', 'a b'],
  ['\u0627\u0628', '\u0627\u0628'],
  ['correct horse', 'correct horse'],
])('%j becomes %j (RFC 4013 section 3)', (given, prepared) =>
  expect(saslprep(given, 'password')).toBe(prepared),
);

it.each([['\u0007'], ['\u06271'], ['a\u0627'], ['\ud800'], ['x\0y']])(
  '%j is refused, and not repeated',
  (given) => {
    expect(() => saslprep(given, 'password')).toThrow(
      'The password has a character that a login must not have.',
    );
  },
);
