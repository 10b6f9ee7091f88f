import type { plaintextConsent } from '../../electron/ipc/contract.ts';
import type { PlanOptions } from '../../electron/ipc/views.ts';

/** The contract's phrase; the compiler holds the two to be the same. */
export const consentPhrase: typeof plaintextConsent = 'send in the clear';

/** What a review starts from: the safest way, nothing changed that was not asked for. */
export const initialOptions: PlanOptions = {
  mode: 'native-tls',
  control: 'managed',
  allowPlaintext: false,
  disks: 'none',
  autoConverge: false,
  postCopy: false,
  persist: false,
  keepSourceDefinition: false,
  offline: false,
};

/**
 * A mode and what it needs: plaintext is allowed exactly while its mode is chosen, a tunnel is the daemons' own, a relay
 * is ours.
 * What is not shown beside it goes as well.
 */
export function withMode(options: PlanOptions, mode: PlanOptions['mode']): PlanOptions {
  const chosen = { ...options, mode, allowPlaintext: mode === 'plain' };
  if (mode !== 'native-tls') chosen.tlsDestination = undefined;
  if (mode !== 'tunnelled' && mode !== 'ssh-relay') return chosen;
  const onTimeout = chosen.onTimeout === 'post-copy' ? undefined : chosen.onTimeout;
  const carried = { ...withTimeoutAction(chosen, onTimeout), migrateUri: undefined, postCopy: false };
  if (mode === 'ssh-relay') return withControl(carried, 'managed');
  return {
    ...withControl(carried, chosen.control === 'managed' ? 'p2p' : chosen.control),
    disks: 'none',
    diskTargets: undefined,
    parallel: undefined,
  };
}

/**
 * Whether the definition alone is to move, of a guest that is shut off: all that is about data on its way goes then, and
 * the choices of who drives and what the guest is called stay.
 */
export function withOffline(options: PlanOptions, offline: boolean): PlanOptions {
  const { control, dconnuri, oneTimeIdentity, keepSourceDefinition, rename } = options;
  const kept = { control, dconnuri, oneTimeIdentity, keepSourceDefinition, rename };
  return offline ? { ...initialOptions, ...kept, offline } : { ...options, offline };
}

/** A time for the move; what is done when it is over is said only where there is one. */
export function withTimeout(options: PlanOptions, timeoutS: number | undefined): PlanOptions {
  return { ...options, timeoutS, onTimeout: timeoutS === undefined ? undefined : options.onTimeout };
}

/** What is done when the time is over; post-copy has to be allowed from the start. */
export function withTimeoutAction(options: PlanOptions, onTimeout: PlanOptions['onTimeout']): PlanOptions {
  const chosen = { ...options, onTimeout };
  return onTimeout === 'post-copy' ? withPostCopy(chosen, true) : chosen;
}

/** Only the daemons can switch to it: in a managed run the guest would be lost with Viaduct. */
export function withPostCopy(options: PlanOptions, postCopy: boolean): PlanOptions {
  const chosen = { ...options, postCopy };
  return postCopy && chosen.control === 'managed' ? withControl(chosen, 'p2p') : chosen;
}

/** Whether the source's daemon is sure to log in, so that a certificate for that can be made. */
export function takesIdentity({ mode, control, postCopy }: PlanOptions): boolean {
  return control === 'p2p' || (control === 'auto' && (mode === 'tunnelled' || postCopy));
}

/** Who moves the guest; only daemons need an address between them. */
export function withControl(options: PlanOptions, control: PlanOptions['control']): PlanOptions {
  const ofDaemons =
    control === 'managed'
      ? { dconnuri: undefined, unattended: undefined }
      : { dconnuri: options.dconnuri, unattended: options.unattended };
  const chosen = { ...options, control, ...ofDaemons };
  return takesIdentity(chosen) ? chosen : { ...chosen, oneTimeIdentity: undefined };
}

/** The text of a number field as an option: empty means the default, anything else must be a whole number in range. */
export function wholeNumber(
  text: string,
  limits: { min: number; max: number },
): { ok: true; value: number | undefined } | { ok: false } {
  const trimmed = text.trim();
  if (trimmed === '') return { ok: true, value: undefined };
  const value = Number(trimmed);
  const fits = /^\d+$/.test(trimmed) && value >= limits.min && value <= limits.max;
  return fits ? { ok: true, value } : { ok: false };
}
