import { z } from 'zod';
import { actionKinds } from '../engine/doctor/diagnosis.ts';

/*
 * What the screen may ask of the doctor; a part of `requests` in contract.ts. Which of the two hosts is called the source
 * makes no difference to what is found.
 */

const none = z.strictObject({});
const hostId = z.string().min(1).max(200);
const visitId = z.uuid();

export const doctorRequests = {
  'doctor.get': none,
  /** A guest by its name or its UUID. Replaces what was looked at before, but for an action that is under way. */
  'doctor.look': z.strictObject({
    guest: z
      .string()
      .trim()
      .min(1)
      .max(255)
      .regex(/^\P{Cc}+$/u),
    sourceHostId: hostId,
    destinationHostId: hostId,
  }),
  /** One that the last look has offered. `migrateUri`: where the rest of a post-copy's memory is sent, if not to the host's name. */
  'doctor.act': z.strictObject({
    visitId,
    action: z.enum(actionKinds),
    host: z.enum(['source', 'destination']),
    migrateUri: z.string().min(1).max(1000).optional(),
  }),
  /** Leaves off asking, or recovering a post-copy. */
  'doctor.stop': z.strictObject({ visitId }),
} as const;
