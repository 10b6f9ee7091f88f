import { z } from 'zod';
import type { Finding } from '../finding.ts';
import type { ProvenIdentity } from '../identity.ts';
import type { MigrationPlan } from '../plan.ts';
import { mapTexts, withoutSecrets } from '../receipt/clean-texts.ts';
import { planSchema, planToKeep, urisOfPlan } from './journal-plan.ts';

export const journalFormat = 'viaduct-migration-journal';
export const journalVersion = 1;

/** The first line: all that is needed to find both hosts and the guest again, and for the receipt. */
export const journalHeader = z.strictObject({
  format: z.literal(journalFormat),
  version: z.literal(journalVersion),
  /** Of the run; its receipt has the same. */
  id: z.uuid(),
  at: z.iso.datetime(),
  plan: planSchema,
  findings: z.array(z.custom<Finding>((value) => finding.safeParse(value).success)),
  identities: z.array(z.custom<ProvenIdentity>((value) => identity.safeParse(value).success)),
});
export type JournalHeader = z.infer<typeof journalHeader>;

const finding = z.looseObject({ id: z.string(), side: z.string(), level: z.string(), summary: z.string() });
const identity = z.looseObject({
  side: z.enum(['source', 'destination']),
  what: z.string(),
  evidence: z.string(),
});

export interface HeaderRequest {
  id: string;
  at: Date;
  plan: MigrationPlan;
  findings: readonly Finding[];
  identities: readonly ProvenIdentity[];
}

/** Pure. Holds no secret. */
export function makeHeader({ id, at, plan, findings, identities }: HeaderRequest): JournalHeader {
  const clean = withoutSecrets(urisOfPlan(plan));
  return {
    format: journalFormat,
    version: journalVersion,
    id,
    at: at.toISOString(),
    plan: planToKeep(plan),
    findings: mapTexts([...findings], clean),
    identities: mapTexts([...identities], clean),
  };
}
