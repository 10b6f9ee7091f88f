import { z } from 'zod';
import type { KeyKind } from '../pki/key-kinds.ts';
import { wizardSteps } from '../wizard/wizard-snapshot.ts';

/*
 * What the screen may ask of authorities, the wizard and the certificates; parts of `requests` in contract.ts. What takes
 * long is answered as soon as it has begun, and refused while something else runs; the snapshots tell how it goes.
 */

const none = z.strictObject({});
const hostId = z.string().min(1).max(200);
const hostIds = z.array(hostId).min(1).max(64);
const authorityName = z.string().min(1).max(64);
const passphrase = z.string().min(1).max(4096);
const pem = z
  .string()
  .min(1)
  .max(256 * 1024);

const keyKinds = ['rsa3072', 'p256', 'p384'] as const satisfies readonly KeyKind[];

export const authorityRequests = {
  'authorities.get': none,
  'authorities.create': z.strictObject({
    name: authorityName,
    key: z.enum(keyKinds),
    days: z.int().min(1).max(10_950),
    passphrase,
    remember: z.boolean(),
  }),
  /** Without `key`, requests are signed elsewhere. */
  'authorities.import': z.strictObject({
    name: authorityName,
    certificate: pem,
    key: z
      .strictObject({ pem, openedWith: passphrase.optional(), passphrase, remember: z.boolean() })
      .optional(),
  }),
  /** Without `passphrase`: with the one that the key store of the operating system remembers. */
  'authorities.unlock': z.strictObject({
    name: authorityName,
    passphrase: passphrase.optional(),
    remember: z.boolean(),
  }),
  'authorities.lock': z.strictObject({ name: authorityName }),
  /** Takes its passphrase out of the key store. */
  'authorities.forget': z.strictObject({ name: authorityName }),
} as const;

export const wizardRequests = {
  'wizard.get': none,
  'wizard.chooseHosts': z.strictObject({ hostIds }),
  /** Looks at all hosts again, and finds out anew what is there already. */
  'wizard.look': none,
  'wizard.chooseAuthority': z.strictObject({ name: authorityName }),
  'wizard.setNames': z.strictObject({ hostId, names: z.array(z.string().min(1).max(253)).min(1).max(64) }),
  'wizard.deploy': none,
  'wizard.undoCertificates': z.strictObject({ hostId }),
  'wizard.setWishes': z.strictObject({
    listener: z.boolean(),
    firewall: z.boolean(),
    forceTls: z.boolean(),
    allowOnlyKnown: z.boolean(),
  }),
  'wizard.applyChanges': none,
  'wizard.undoChanges': z.strictObject({ hostId }),
  'wizard.prove': none,
  'wizard.rehearse': z.strictObject({ sourceHostId: hostId, destinationHostId: hostId }),
  /** Forward only to a step that the ones before allow; back always. */
  'wizard.goTo': z.strictObject({ step: z.enum(wizardSteps) }),
  'wizard.cancel': none,
  /** Begins anew: forgets what was chosen, and touches no host. */
  'wizard.reset': none,
} as const;

/** As many as a board may have. */
const manyHostIds = z.array(hostId).min(1).max(1000);

export const certificateRequests = {
  'certificates.get': none,
  /**
   * Looks at hosts; without `hostIds` at all on the board. `mayAsk` false, as when the view is opened: only at those that
   * are connected and were not looked at in the last ten minutes, and nobody is asked for a password.
   */
  'certificates.look': z.strictObject({ hostIds: manyHostIds.optional(), mayAsk: z.boolean() }),
  'certificates.renew': z.strictObject({ hostIds: manyHostIds }),
  /** By the name that the ledger has: a host that is gone is revoked all the same. */
  'certificates.revoke': z.strictObject({ owner: z.string().min(1).max(300) }),
  'certificates.cancel': none,
  /** Takes what the last renewal or revocation told off the screen. */
  'certificates.dismiss': none,
} as const;
