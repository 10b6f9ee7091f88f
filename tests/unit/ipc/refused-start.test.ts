import { expect, it } from 'vitest';
import { BadInputError } from '../../../electron/common/errors.ts';
import { refusedStart } from '../../../electron/ipc/migrations/refused-start.ts';
import { planFor } from '../engine/migration-plan.ts';

const plan = planFor();
const request = {
  guestUuid: plan.guest.uuid,
  sourceHostId: 'alpha',
  destinationHostId: 'beta',
  options: plan.options,
};
const snapshot = { guest: { uuid: plan.guest.uuid, name: 'web01' } } as never;
const lacksConsent = new BadInputError('consent-missing', 'Type it.');

it('a start without consent is refused with that reason, and the guest is where it was', () => {
  const review = { findings: [], plan, canMigrate: true, failure: undefined, streams: [], identities: [] };
  expect(refusedStart({ request, review, snapshot }, plan, lacksConsent)).toMatchObject({
    outcome: 'refused',
    source: 'alpha.lab',
    destination: 'beta.lab',
    runningOn: 'source',
    error: { code: 'consent-missing', phase: 'preflight', message: 'Type it.' },
  });
});

it('a start against the checks is refused with what they found', () => {
  const findings = [
    { id: 'clock', side: 'source' as const, level: 'error' as const, summary: 'Late.', remedy: 'Set it.' },
  ];
  const review = { findings, plan, canMigrate: false, failure: undefined, streams: [], identities: [] };
  expect(refusedStart({ request, review, snapshot }, plan, lacksConsent).error).toMatchObject({
    code: 'clock',
  });
});

it('a start before the checks are done knows nothing of the guest but its name', () => {
  expect(refusedStart({ request, review: undefined, snapshot }, plan, lacksConsent)).toMatchObject({
    guest: 'web01',
    runningOn: 'unknown',
  });
});
