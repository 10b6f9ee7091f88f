import { expect, it } from 'vitest';
import { Exclusive } from '../../../electron/common/exclusive.ts';

it('lets one piece of work run, and says which to the next', () => {
  const exclusive = new Exclusive();
  const end = exclusive.take('certificates are being renewed', { changesHosts: true });
  expect(exclusive.changesHosts).toBe(true);
  expect(() => exclusive.take('more', { changesHosts: false })).toThrow(
    expect.objectContaining({
      code: 'busy',
      message: 'One thing at a time: certificates are being renewed.',
    }),
  );
  end();
  expect(exclusive.changesHosts).toBe(false);
  exclusive.take('more', { changesHosts: false });
});

it('is not ended twice by the same work', () => {
  const exclusive = new Exclusive();
  const end = exclusive.take('the first', { changesHosts: false });
  end();
  exclusive.take('the second', { changesHosts: true });
  end();
  expect(() => exclusive.requireFree()).toThrow('the second');
});
