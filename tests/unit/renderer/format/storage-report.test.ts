import { expect, it } from 'vitest';
import { storageRows } from '../../../../renderer/format/storage-report.ts';

it('tells what was made on the destination and what became of it', () => {
  expect(storageRows(undefined)).toEqual([]);
  expect(storageRows({ kept: ['/a', '/b'], removed: [], left: [] })).toEqual([
    { label: 'Made there', value: '/a, /b' },
  ]);
  const left = [{ path: '/b', why: 'no answer' }];
  expect(storageRows({ kept: [], removed: ['/a'], left }).map(({ value }) => value)).toEqual(['/a', '/b']);
});
