import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab } from '../lab.ts';
import { LinkCuts, type Remedy } from './link-cuts.ts';
import type { CutEffect, CutSubject, SubjectName } from './cut-subjects.ts';
import type { Moment } from './cutting-proxy.ts';

/*
 * A sample of the points at which the link to a host can break; `npm run proofs -- link-cuts` goes through all of them.
 */

let lab: Lab;
let cuts: LinkCuts;
beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
  cuts = await LinkCuts.start(lab);
});
afterAll(() => cuts[Symbol.asyncDispose]());

type Sample = [what: string, nth: number, moment: Moment, remedy: Remedy, effect: CutEffect];

const samples: Record<SubjectName, Sample[]> = {
  'pki deploy': [
    ['key', 2, 'working', 'resume', 'nothing'],
    ['commit', 0, 'working', 'undo', 'all'],
  ],
  'pki renew': [['put', 3, 'in', 'resume', 'nothing']],
  'pki undo': [['swap', 0, 'working', 'resume', 'all']],
  'host prepare': [
    ['put', 0, 'in', 'undo', 'nothing'],
    ['listener_on', 0, 'working', 'resume', 'all'],
  ],
  'host undo': [
    ['restore', 0, 'after', 'undo', 'part'],
    ['nft_remove', 0, 'before', 'resume', 'part'],
  ],
};

describe.each(Object.entries(samples))('the link is cut while %s', (name, sample) => {
  let subject: CutSubject;
  beforeAll(async () => {
    subject = await cuts.begin(name as SubjectName);
  });

  it.each(sample)('%s %i, %s: then %s', async (what, nth, moment, remedy, effect) => {
    const outcome = await cuts.cut(subject, { what, nth, moment }, remedy);
    expect(outcome).toEqual({ exitCode: 6, effect });
  });
});
