import type { MigrationResult } from '../../../../electron/engine/outcome.ts';
import { makeReceipt, type ReceiptRequest } from '../../../../electron/engine/receipt/make-receipt.ts';
import type { Receipt } from '../../../../electron/engine/receipt/receipt.ts';
import { planFor } from '../migration-plan.ts';

export function resultFor(over: Partial<MigrationResult> = {}): MigrationResult {
  const { guest, source, destination, control, options } = planFor();
  return {
    outcome: 'migrated',
    guest: guest.name,
    uuid: guest.uuid,
    source: source.name,
    destination: destination.name,
    mode: options.mode,
    control,
    runningOn: 'destination',
    totalMs: 19_840,
    downtimeMs: 187,
    ...over,
  };
}

/** Of a run as planned by `planFor`; a test replaces what it is about. */
export function requestFor(over: Partial<ReceiptRequest> = {}): ReceiptRequest {
  const plan = planFor();
  return {
    id: '5d0c7a7e-19f4-4d0f-8a50-6d1f7f0f1c11',
    startedAt: new Date('2026-11-21T13:02:49.160Z'),
    endedAt: new Date('2026-11-21T13:03:09.000Z'),
    source: plan.source,
    destination: plan.destination,
    options: plan.options,
    review: { findings: [], plan, identities: [] },
    result: resultFor(),
    ...over,
  };
}

export function receiptOf(over: Partial<Receipt> = {}): Receipt {
  return { ...makeReceipt(requestFor()), ...over };
}
