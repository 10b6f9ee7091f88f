import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../../electron/engine/doctor/diagnose.ts';
import type { Diagnosis, End, Past, Seen } from '../../../../electron/engine/doctor/diagnosis.ts';
import { holdingOf } from '../../../../electron/engine/doctor/holding.ts';
import type { HostTruth } from '../../../../electron/engine/state/truth.ts';
import { after, allPasts, allSights, caseOf } from './any-case.ts';

const other = (end: End): End => (end === 'source' ? 'destination' : 'source');
const runs = (truth: HostTruth): boolean =>
  ['runs', 'fetching', 'fetching-failed'].includes(holdingOf(truth));
const isActive = (truth: HostTruth): boolean => truth.kind === 'present' && truth.state !== 5;
const isKnown = (truth: HostTruth): boolean => truth.kind === 'present';

function everyPair(check: (source: Seen, destination: Seen, found: Diagnosis) => void, past?: Past): void {
  for (const source of allSights)
    for (const destination of allSights)
      check(source, destination, diagnose(caseOf(source, destination, past)));
}

/** As `expect` does, a million times too slow. */
function must(isTrue: boolean, what: string, seen: unknown): void {
  if (!isTrue) expect.fail(`${what}: ${JSON.stringify(seen)}`);
}

describe('whatever both hosts say, with or without a journal', () => {
  /** Without a definition that it would have taken along, the journal weighs the most. */
  const pasts = [true, false].map((finishMade) => ({ finishMade, hasRun: false, keepsDefinition: false }));
  it.each([undefined, ...pasts].map((past) => ({ past })))('what is offered is safe ($past)', ({ past }) => {
    let offers = 0;
    everyPair((source, destination, { actions, situation }) => {
      const seen = { source, destination };
      for (const { action, host } of actions) {
        offers += 1;
        const [here, there] = [seen[host].truth, seen[other(host)].truth];
        const tell = { seen, action, host, situation };
        must(here.kind === 'present' && there.kind !== 'unreachable', 'a host could not be asked', tell);
        must(!(runs(here) && runs(there)), 'it runs on both', tell);
        if (action === 'recover-post-copy') {
          const ends = [holdingOf(here), holdingOf(there)].join(' and ');
          must(ends === 'serving-failed and fetching-failed', 'not a failed post-copy', tell);
          continue;
        }
        const now = after(here, action);
        must(!(runs(now) && runs(there)), 'it would run twice', tell);
        must(isActive(now) || isActive(there), 'no machine would be left', tell);
        must(isKnown(now) || isKnown(there), 'nothing would be left', tell);
        if (action === 'resume') {
          must(!isActive(there), 'resumed beside another copy', tell);
          must(seen[host].job === 'none', 'resumed under a job', tell);
        } else {
          must(!runs(here), 'what runs was ended', tell);
          must(holdingOf(there) === 'runs', 'ended without another that runs', tell);
        }
      }
    }, past);
    expect(offers).toBeGreaterThan(100);
  });

  it('it is named what it is, and at most one thing is offered', () => {
    everyPair((source, destination, { situation, actions, isHealthy }) => {
      const seen = { source, destination };
      must(actions.length <= 1, 'several offers', seen);
      must(!isHealthy || actions.every(({ action }) => action === 'undefine'), 'healthy', seen);
      if (!runs(source.truth) || !runs(destination.truth)) return;
      must(situation === 'runs on both' && actions.length === 0, situation, seen);
    });
  });

  it('it is the same whichever host is called the source', () => {
    everyPair((source, destination, found) => {
      const turned = diagnose({
        ...caseOf(destination, source),
        names: { source: 'beta.lab', destination: 'alpha.lab' },
      });
      const actions = turned.actions.map((offer) => ({ ...offer, host: other(offer.host) }));
      const same =
        turned.situation === found.situation && JSON.stringify(actions) === JSON.stringify(found.actions);
      must(same, 'differs', { source, destination });
    });
  });

  it('one action after the other never makes two of it, and never none', () => {
    const sight = fc.constantFrom(...allSights);
    fc.assert(
      fc.property(sight, sight, fc.constantFrom(...allPasts), (source, destination, past) => {
        const seen = { source, destination };
        const hadMachine = isActive(source.truth) || isActive(destination.truth);
        for (let step = 0; step < 5; step += 1) {
          const [offer] = diagnose(caseOf(seen.source, seen.destination, past)).actions;
          if (offer === undefined || offer.action === 'recover-post-copy') return;
          seen[offer.host] = { truth: after(seen[offer.host].truth, offer.action), job: 'none' };
          expect(runs(seen.source.truth) && runs(seen.destination.truth)).toBe(false);
          expect(isActive(seen.source.truth) || isActive(seen.destination.truth)).toBe(hadMachine);
        }
        expect.fail('It goes on for ever.');
      }),
      { numRuns: 5_000 },
    );
  });
});
