import { BadInputError } from '../common/errors.ts';
import type { PassphraseVault } from './passphrase-vault.ts';

/** For places where nothing protects a stored passphrase: remembers none, and says why. */
export function noVault(sentence: string): PassphraseVault {
  return {
    protects: false,
    sentence,
    names: () => Promise.resolve(new Set()),
    get: () => Promise.resolve(undefined),
    put: () =>
      Promise.reject(
        new BadInputError('key-store-none', sentence, {
          side: 'client',
          remedy: 'Unlock without remembering the passphrase.',
        }),
      ),
    remove: () => Promise.resolve(),
  };
}
