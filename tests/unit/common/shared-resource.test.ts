import { expect, it } from 'vitest';
import { SharedResource } from '../../../electron/common/shared-resource.ts';

interface Resource {
  number: number;
  end: () => void;
  ended: Promise<unknown>;
}

function counted(): { shared: SharedResource<Resource>; opened: Resource[]; aborted: () => boolean } {
  const opened: Resource[] = [];
  let signal: AbortSignal | undefined;
  const shared = new SharedResource<Resource>(
    (stop) => {
      signal = stop;
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const resource = { number: opened.length + 1, end: () => resolve(undefined), ended: promise };
      opened.push(resource);
      return Promise.resolve(resource);
    },
    ({ ended }) => ended,
  );
  return { shared, opened, aborted: () => signal?.aborted === true };
}

it('opens once for all who use it', async () => {
  const { shared, opened } = counted();
  const [one, two] = await Promise.all([shared.use(), shared.use()]);
  expect(one).toBe(two);
  expect(opened).toHaveLength(1);
});

it('opens anew after the resource has ended', async () => {
  const { shared, opened } = counted();
  const first = await shared.use();
  first.end();
  await first.ended;
  await Promise.resolve();
  expect((await shared.use()).number).toBe(2);
  expect(opened).toHaveLength(2);
});

it('tries again after a failed attempt', async () => {
  let attempts = 0;
  const shared = new SharedResource<string>(
    () => ((attempts += 1) === 1 ? Promise.reject(new Error('refused')) : Promise.resolve('open')),
    () => new Promise(() => undefined),
  );
  await expect(shared.use()).rejects.toThrow('refused');
  expect(await shared.use()).toBe('open');
});

it('a user that gives up does not end the attempt for the others', async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const shared = new SharedResource<string>(
    () => promise,
    () => new Promise(() => undefined),
  );
  const impatient = new AbortController();
  const one = shared.use(impatient.signal);
  const two = shared.use();
  impatient.abort();
  await expect(one).rejects.toMatchObject({ code: 'cancelled' });
  resolve('open');
  expect(await two).toBe('open');
});

it('drop closes what is open, tells an attempt to stop, and the next use opens anew', async () => {
  const { shared, aborted } = counted();
  await shared.use();
  const closed: number[] = [];
  await shared.drop(({ number }) => closed.push(number));
  expect(closed).toEqual([1]);
  expect(aborted()).toBe(true);
  expect((await shared.use()).number).toBe(2);
});
