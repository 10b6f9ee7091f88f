import type { Passphrase } from '../pki/passphrase.ts';

/** Remembers the passphrases of authorities, where something really protects them: a port, for each shell its own. */
export interface PassphraseVault {
  /** Whether it remembers at all. Never true where what is stored could be read without the user's login. */
  readonly protects: boolean;
  /** What protects them, or why nothing does. */
  readonly sentence: string;
  /** The authorities whose passphrases are remembered. */
  names(): Promise<ReadonlySet<string>>;
  /** `undefined`: not remembered. @throws ViaductError `key-store-unreadable`. */
  get(name: string): Promise<Passphrase | undefined>;
  /** Durable once it resolves. @throws ViaductError `key-store-none`, `key-store-unreadable`. */
  put(name: string, passphrase: Passphrase): Promise<void>;
  /** Does nothing where it is not remembered. @throws ViaductError `key-store-unreadable`. */
  remove(name: string): Promise<void>;
}
