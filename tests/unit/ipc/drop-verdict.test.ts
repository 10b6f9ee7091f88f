import { expect, it } from 'vitest';
import type { GuestSnapshot, HostSnapshot } from '../../../electron/hosts/snapshots.ts';
import { dropVerdict } from '../../../electron/ipc/migrations/drop-verdict.ts';

const guest: GuestSnapshot = {
  uuid: 'u1',
  name: 'web01',
  state: 'running',
  stateReason: 'running (booted)',
  vcpus: 1,
  memoryBytes: 1024,
  persistent: true,
  details: 'read',
  disks: [],
  obstacles: [],
};
const host: HostSnapshot = {
  id: 'h',
  name: 'beta',
  connectUri: 'qemu+ssh://beta/system',
  generation: 1,
  connection: { kind: 'connected', sinceMs: 0, transport: 'ssh', notes: [] },
  security: { level: 'verified', summary: '' },
  versions: undefined,
  load: { cpus: 2, cpuUsed: 0, memoryTotalBytes: 4096, memoryFreeBytes: 4096 },
  guests: [],
  guestsGeneration: 1,
  readOnly: undefined,
  unanswered: [],
};
const source: HostSnapshot = { ...host, id: 's', name: 'alpha' };

const passthrough: GuestSnapshot['obstacles'][number] = { kind: 'passthrough', text: '' };

it('a connected host without a namesake can take it', () => {
  expect(dropVerdict(guest, source, host)).toMatchObject({ can: true });
});

it('a definition of the same guest, shut off, is no obstacle', () => {
  expect(dropVerdict(guest, source, { ...host, guests: [{ ...guest, state: 'shut off' }] })).toMatchObject({
    can: true,
  });
});

it('of a guest that is shut off a host takes the definition, whatever it needs to run', () => {
  const off: GuestSnapshot = { ...guest, state: 'shut off', memoryBytes: 5000, obstacles: [passthrough] };
  expect(dropVerdict(off, source, host)).toEqual({
    ...{ hostId: 'h', can: true, sentence: 'Can take its definition' },
  });
  expect(dropVerdict(off, source, { ...host, guests: [{ ...guest, uuid: 'u2' }] }).can).toBe(false);
});

it.each<[string, Partial<GuestSnapshot>, Partial<HostSnapshot>]>([
  ['is crashed', { state: 'crashed' }, {}],
  ['not connected', {}, { connection: { kind: 'lost', sinceMs: 0, sentence: '', remedy: undefined } }],
  ['another guest with this name', {}, { guests: [{ ...guest, uuid: 'u2' }] }],
  ['another guest with this UUID', {}, { guests: [{ ...guest, name: 'other' }] }],
  ['is running there', {}, { guests: [guest] }],
  ['devices of its host', { obstacles: [passthrough] }, {}],
  ['for reading only', {}, { readOnly: { reason: 'beta was added for reading only.' } }],
  ['less memory', { memoryBytes: 5000 }, {}],
])('says why not: %s', (words, guestChange, hostChange) => {
  const verdict = dropVerdict({ ...guest, ...guestChange }, source, { ...host, ...hostChange });
  expect(verdict.can).toBe(false);
  expect(verdict.sentence).toContain(words);
});

it('says why not: its own host may only be looked at', () => {
  const onlyLook = { ...source, readOnly: { reason: 'alpha was added for reading only.' } };
  expect(dropVerdict(guest, onlyLook, host)).toMatchObject({
    can: false,
    sentence: 'No: alpha was added for reading only',
  });
});
