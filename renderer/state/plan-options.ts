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
  persist: false,
  keepSourceDefinition: false,
};

/** A mode and what it needs: plaintext is allowed exactly while its mode is chosen. */
export function withMode(options: PlanOptions, mode: PlanOptions['mode']): PlanOptions {
  return { ...options, mode, allowPlaintext: mode === 'plain' };
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
