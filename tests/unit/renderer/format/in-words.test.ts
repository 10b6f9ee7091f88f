import { expect, test } from 'vitest';
import { listed, listedShort } from '../../../../renderer/format/in-words.ts';

test.each([
  [[], ''],
  [['alpha'], 'alpha'],
  [['alpha', 'beta'], 'alpha and beta'],
  [['alpha', 'beta', 'gamma'], 'alpha, beta and gamma'],
])('lists %j as "%s"', (names, words) => {
  expect(listed(names)).toBe(words);
});

test.each([
  [['alpha', 'beta'], 'alpha and beta'],
  [['x'.repeat(64)], 'this host'],
  [['x'.repeat(64), 'y'.repeat(64)], 'all 2'],
  [Array.from({ length: 8 }, (_, index) => `host-${index}`), 'all 8'],
])('says %j in few words', (names, words) => {
  expect(listedShort(names)).toBe(words);
});
