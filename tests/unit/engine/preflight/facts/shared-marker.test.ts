import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HostRightsError } from '../../../../../electron/common/host/host-errors.ts';
import {
  markerName,
  putMarker,
  seesMarker,
  type MarkerHand,
} from '../../../../../electron/engine/preflight/facts/shared-marker.ts';
import { findSharing } from '../../../../../electron/engine/preflight/find-sharing.ts';
import { fakeHost, given, pathFacts } from '../fake-context.ts';
import { localShell } from '../local-shell.ts';

const { signal } = new AbortController();
const hand: MarkerHand = {
  host: 'alpha.lab',
  shell: localShell(),
  root: () => Promise.reject(HostRightsError.noSudo('alpha.lab', 'operator')),
};

let folder: string;
let image: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'viaduct-marker-'));
  image = join(folder, 'a disk.qcow2');
  writeFileSync(image, 'content');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the file beside an image', () => {
  it('is seen while it is there, and gone afterwards', async () => {
    const name = markerName();
    {
      await using marks = new AsyncDisposableStack();
      marks.use(await putMarker(hand, image, name, signal));
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
      expect(statSync(join(folder, name)).size).toBe(0);
      expect(await seesMarker(hand, image, name, signal)).toBe(true);
    }
    expect(readdirSync(folder)).toEqual(['a disk.qcow2']);
    expect(await seesMarker(hand, image, name, signal)).toBe(false);
  });

  it('is beside what a link leads to', async () => {
    const link = join(tmpdir(), markerName());
    symlinkSync(image, link);
    try {
      const name = markerName();
      await using marks = new AsyncDisposableStack();
      marks.use(await putMarker(hand, link, name, signal));
      expect(readdirSync(folder)).toContain(name);
    } finally {
      rmSync(link);
    }
  });

  it('is removed after the review was cancelled, too', async () => {
    const stop = new AbortController();
    const marker = await putMarker(hand, image, markerName(), stop.signal);
    stop.abort();
    await marker[Symbol.asyncDispose]();
    expect(readdirSync(folder)).toEqual(['a disk.qcow2']);
  });

  it('never replaces a file', async () => {
    writeFileSync(join(folder, '.taken'), 'theirs');
    await expect(putMarker(hand, image, '.taken', signal)).rejects.toMatchObject({ code: 'not-readable' });
    expect(readFileSync(join(folder, '.taken'), 'utf8')).toBe('theirs');
  });

  it('cannot be looked for in a folder that is not there', async () => {
    const nowhere = join(folder, 'missing', 'disk');
    await expect(seesMarker(hand, nowhere, markerName(), signal)).rejects.toMatchObject({
      code: 'not-readable',
    });
  });
});

describe('whether storage is shared', () => {
  const here = '/srv/a';
  const paths = { here, there: here };
  const removed = { [Symbol.asyncDispose]: given(undefined) };
  const file = given(pathFacts('xfs'));
  const source = (facts = {}) => fakeHost('source', { putMarker: given(removed), ...facts });

  it.each([
    [true, 'shared'],
    [false, 'separate'],
  ] as const)('seen there: %s', async (seen, kind) => {
    const destination = fakeHost('destination', { path: file, seesMarker: given(seen) });
    expect(await findSharing(paths, source(), destination)).toMatchObject({ kind });
  });

  it('is told without writing anything where the path does not exist there', async () => {
    const destination = fakeHost('destination', { path: given(undefined) });
    const untouched = source({ putMarker: () => expect.fail('it was written') });
    expect(await findSharing(paths, untouched, destination)).toMatchObject({
      ...{ kind: 'separate', existsThere: false },
    });
  });

  it('is unknown where nobody can look', async () => {
    const destination = fakeHost('destination', { path: file });
    expect(await findSharing(paths, source(), destination)).toMatchObject({ kind: 'unknown' });
  });
});
