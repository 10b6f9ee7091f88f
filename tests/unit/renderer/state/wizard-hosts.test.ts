import { describe, expect, test } from 'vitest';
import type { HostConnection, HostSnapshot } from '../../../../electron/ipc/views.ts';
import {
  choosableFirst,
  firstChoice,
  isSameChoice,
  toPropose,
  whyNotChoosable,
} from '../../../../renderer/state/wizard-hosts.ts';

function host(id: string, over: Partial<HostSnapshot> = {}): HostSnapshot {
  return {
    id,
    name: `${id}.lab`,
    connectUri: `qemu+ssh://root@${id}.lab/system`,
    generation: 1,
    connection: { kind: 'connected', sinceMs: 0, transport: 'ssh', notes: [] },
    security: { level: 'verified', summary: '' },
    readOnly: undefined,
    versions: undefined,
    load: undefined,
    unanswered: [],
    guests: [],
    guestsGeneration: 0,
    ...over,
  };
}

const lost: HostConnection = { kind: 'lost', sinceMs: 0, sentence: 'It is off.', remedy: undefined };
const [alpha, beta, gamma] = [host('alpha'), host('beta'), host('gamma', { connection: lost })];

describe('why a host cannot be chosen', () => {
  test.each([
    [alpha, undefined],
    [gamma, 'It is not connected: It is off.'],
    [host('x', { readOnly: { reason: 'Only to look at.' } }), 'Only to look at.'],
    [host('x', { connection: { kind: 'connecting', sentence: '' } }), 'It is being connected.'],
  ])('%#', (one, why) => {
    expect(whyNotChoosable(one)).toBe(why);
  });
});

test('those that can be chosen come first, else as on the board', () => {
  expect(choosableFirst([gamma, beta, alpha])).toEqual([beta, alpha, gamma]);
});

describe('what is ticked at first', () => {
  const three = [alpha, beta, host('delta'), gamma];
  test.each([
    ['two that can be: both', [alpha, beta, gamma], [], [], ['alpha', 'beta']],
    ['more than two: none', three, [], [], []],
    ['what it was opened for', three, [], ['beta'], ['beta']],
    ['what it was opened for, with the only other', [alpha, beta], [], ['beta'], ['beta', 'alpha']],
    ['what was chosen before, also when it is lost now', three, ['alpha', 'gamma'], [], ['alpha', 'gamma']],
    ['not what has left the board', three, ['alpha', 'gone'], [], ['alpha']],
    ['not a lost host that it is opened for', three, [], ['gamma'], []],
  ])('%s', (_, hosts, chosen, wanted, ticked) => {
    expect(firstChoice(hosts, chosen, wanted)).toEqual(ticked);
  });
});

test('the same hosts in another order are the same choice', () => {
  expect(isSameChoice(['a', 'b'], ['b', 'a'])).toBe(true);
  expect(isSameChoice(['a', 'b'], ['a', 'c'])).toBe(false);
  expect(isSameChoice(['a'], ['a', 'b'])).toBe(false);
});

describe('what the board proposes to prepare', () => {
  test.each([
    ['two that can be', [alpha, beta, gamma], false, [alpha, beta]],
    ['not one alone', [alpha, gamma], false, []],
    ['nothing where an authority was made already', [alpha, beta], true, []],
  ])('%s', (_, hosts, hasAuthority, proposed) => {
    expect(toPropose(hosts, hasAuthority)).toEqual(proposed);
  });
});
