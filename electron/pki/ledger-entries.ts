import { z } from 'zod';
import { revocationReasons } from './sign.ts';

/** Who uses a certificate on its host: each has a tree of files of its own. */
export const certificateUsers = ['libvirt', 'qemu'] as const;
export type CertificateUser = (typeof certificateUsers)[number];

const date = z.iso.datetime().transform((text) => new Date(text));
const serial = z.string().regex(/^[0-9a-f]{2,40}$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** SHA-256 as `Certificate.fingerprint` has it. */
const fingerprint = z.string().regex(/^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
const text = z.string().min(1).max(300);

const order = {
  /** The machine it is for, by the name that the admin knows it by. */
  host: text,
  usedBy: z.enum(certificateUsers),
  purposes: z.array(z.enum(['server', 'client'])).min(1),
  dnsNames: z.array(text),
  ipAddresses: z.array(text),
  keyFingerprint: sha256,
  /** Serial number of the certificate that this one takes the place of. */
  renews: serial.optional(),
};

/** A request was given out, to be signed by an authority elsewhere. */
const requested = z.strictObject({ type: z.literal('requested'), at: date, ...order });

/** A certificate exists. Written before it leaves Viaduct, so that all that is in use can be revoked. */
const issued = z.strictObject({
  type: z.literal('issued'),
  at: date,
  serial,
  ...order,
  notBefore: date,
  notAfter: date,
  fingerprint,
});

/**
 * A certificate for the length of one login. Apart from those of hosts and workstations: nobody renews it, brings it a
 * revocation list or counts its days, and it makes no successor the authority in use.
 */
const oneTime = z.strictObject({
  type: z.literal('one-time'),
  at: date,
  serial,
  /** The machine that logs in with it. */
  host: text,
  /** Where it logs in. */
  destination: text,
  commonName: text,
  keyFingerprint: sha256,
  notBefore: date,
  notAfter: date,
  fingerprint,
});

const revoked = z.strictObject({
  type: z.literal('revoked'),
  at: date,
  serial,
  reason: z.enum(revocationReasons),
});

/** A revocation list is about to be signed; its number is the count of entries up to here. */
const revocationList = z.strictObject({ type: z.literal('revocation-list'), at: date });

export const ledgerEntry = z.discriminatedUnion('type', [
  requested,
  issued,
  oneTime,
  revoked,
  revocationList,
]);
export type LedgerEntry = z.infer<typeof ledgerEntry>;
export type IssuedEntry = z.infer<typeof issued>;
export type RequestedEntry = z.infer<typeof requested>;
export type OneTimeEntry = z.infer<typeof oneTime>;
export type RevokedEntry = z.infer<typeof revoked>;

export const ledgerFormat = 'viaduct-pki-ledger';
export const ledgerVersion = 1;
export const ledgerHeader = z.looseObject({
  format: z.literal(ledgerFormat),
  version: z.number().int().positive(),
});
