import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EventName, Events } from '../../../electron/ipc/contract.ts';
import type { GuestChanges } from '../../../electron/ipc/views.ts';
import { EventPacer } from '../../../electron/shell/event-pacer.ts';
import { guest } from '../renderer/samples.ts';

let sent: string[];
let open: boolean;
let pacer: EventPacer;

function host(id: string, generation: number): Events['host'] {
  return {
    id,
    name: id,
    connectUri: `qemu+ssh://${id}/system`,
    generation,
    connection: { kind: 'connecting', sentence: 'Connecting.' },
    security: { level: 'unknown', summary: '' },
    versions: undefined,
    load: undefined,
    readOnly: undefined,
    unanswered: [],
  };
}

function record<E extends EventName>(event: E, payload: Events[E]): void {
  sent.push('generation' in payload ? `${event} ${payload.generation}` : event);
}

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  open = true;
  pacer = new EventPacer({ send: record, canSend: () => open });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('EventPacer', () => {
  it('sends the first of a burst at once and then only the newest in each interval', () => {
    for (let generation = 1; generation <= 5; generation++) pacer.push('host', host('alpha', generation));
    expect(sent).toEqual(['host 1']);
    vi.advanceTimersByTime(100);
    expect(sent).toEqual(['host 1', 'host 5']);
    vi.advanceTimersByTime(1000);
    expect(sent).toEqual(['host 1', 'host 5']);
  });

  it('sends at most ten a second of one thing', () => {
    for (let generation = 1; generation <= 1000; generation++) {
      pacer.push('host', host('alpha', generation));
      vi.advanceTimersByTime(1);
    }
    expect(sent.length).toBeLessThanOrEqual(11);
    vi.advanceTimersByTime(100);
    expect(sent.at(-1)).toBe('host 1000');
  });

  it('paces each thing by itself', () => {
    pacer.push('host', host('alpha', 1));
    pacer.push('host', host('beta', 2));
    expect(sent).toEqual(['host 1', 'host 2']);
  });

  it('never sends a snapshot after the event that ended it', () => {
    pacer.push('host', host('alpha', 1));
    pacer.push('host', host('alpha', 2));
    pacer.push('hostRemoved', { hostId: 'alpha' });
    vi.advanceTimersByTime(1000);
    expect(sent).toEqual(['host 1', 'hostRemoved']);
  });

  it('keeps only the newest while the way is full and sends it once there is room', () => {
    open = false;
    pacer.push('host', host('alpha', 1));
    pacer.push('host', host('alpha', 2));
    vi.advanceTimersByTime(5000);
    expect(sent).toEqual([]);
    open = true;
    vi.advanceTimersByTime(100);
    expect(sent).toEqual(['host 2']);
  });

  it('merges the changes of guests that have to wait, and drops none', () => {
    const seen: GuestChanges[] = [];
    const merging = new EventPacer({ send: (_event, payload) => seen.push(payload as GuestChanges) });
    const change = (generation: number, changed: string[], removed: string[] = []) =>
      merging.push('guests', {
        hostId: 'alpha',
        since: generation - 1,
        generation,
        changed: changed.map((name) => guest(name)),
        removed: removed.map((name) => guest(name).uuid),
      });
    change(1, ['a', 'b', 'c']);
    change(2, ['d', 'e']);
    change(3, ['c'], ['d']);
    change(4, ['f'], ['e', 'a']);
    change(5, ['e']);
    vi.advanceTimersByTime(100);
    expect(seen).toHaveLength(2);
    const [, merged] = seen;
    expect(merged).toMatchObject({ since: 1, generation: 5 });
    expect(merged?.changed.map(({ name }) => name).toSorted()).toEqual(['c', 'e', 'f']);
    expect(merged?.removed.toSorted()).toEqual([guest('a').uuid, guest('d').uuid]);
  });

  it('sends everything that is not a snapshot at once and in order', () => {
    pacer.push('promptClosed', { promptId: 'a' });
    pacer.push('migrationDismissed', { migrationId: 'b' });
    expect(sent).toEqual(['promptClosed', 'migrationDismissed']);
  });

  it('sends nothing after it was closed', () => {
    pacer.push('host', host('alpha', 1));
    pacer.push('host', host('alpha', 2));
    pacer.close();
    vi.advanceTimersByTime(1000);
    expect(sent).toEqual(['host 1']);
  });
});
