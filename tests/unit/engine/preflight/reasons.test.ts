import { expect, it } from 'vitest';
import { checks } from '../../../../electron/engine/preflight/all-checks.ts';
import { reasonFor } from '../../../../electron/engine/preflight/reasons.ts';

it.each(checks.map(({ id }) => id))('there is a reason for %s', (id) => {
  expect(reasonFor(id)).toMatch(/^.{30,}\.$/);
});

it.each(['', 'none', 'source', 'tls.none', 'constructor'])(
  'there is none for "%s", which is no check',
  (id) => {
    expect(reasonFor(id)).toBeUndefined();
  },
);
