import ssh2, { type IdentityCallback, type ParsedKey } from 'ssh2';

/**
 * The keys of an ssh-agent, those of the user's identity files first.
 *
 * Servers end the connection after a few refused keys (MaxAuthTries, default 6), so the order matters. With
 * `onlyPreferred` no other key is offered (IdentitiesOnly in ssh_config(5)).
 */
export class OrderedAgent extends ssh2.OpenSSHAgent {
  readonly #preferred: readonly Buffer[];
  readonly #onlyPreferred: boolean;

  constructor(socketPath: string, preferred: readonly Buffer[], onlyPreferred: boolean) {
    super(socketPath);
    this.#preferred = preferred;
    this.#onlyPreferred = onlyPreferred;
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    super.getIdentities((error, keys) => {
      if (error) {
        callback(error);
        return;
      }
      const held = (keys ?? []).filter((entry) => 'getPublicSSH' in entry);
      const rank = (key: ParsedKey): number =>
        this.#preferred.findIndex((blob) => blob.equals(key.getPublicSSH()));
      const first = held.filter((key) => rank(key) >= 0).sort((a, b) => rank(a) - rank(b));
      const rest = this.#onlyPreferred ? [] : held.filter((key) => rank(key) < 0);
      callback(undefined, [...first, ...rest]);
    });
  }
}
