import { messageOf, ViaductError } from '../common/errors.ts';
import type { AuthorityStore } from '../pki/authority-store.ts';
import type { Authority } from '../pki/authority.ts';
import { keyLabel, type KeyKind } from '../pki/key-kinds.ts';
import type { AuthoritiesSnapshot, AuthoritySnapshot } from './authority-snapshot.ts';

const kinds: ReadonlyMap<string, KeyKind> = new Map([
  ['RSA 3072', 'rsa3072'],
  ['P-256', 'p256'],
  ['P-384', 'p384'],
]);

/** What is known of an authority besides its files. */
export interface AuthorityStanding {
  unlockedUntilMs: (name: string) => number | undefined;
  remembered: ReadonlySet<string>;
}

/** Every authority of the store, those in use first. One that cannot be read does not hide the others. */
export async function describeAuthorities(
  store: AuthorityStore,
  standing: AuthorityStanding,
): Promise<Pick<AuthoritiesSnapshot, 'authorities' | 'unreadable'>> {
  const opened: Authority[] = [];
  const unreadable: AuthoritiesSnapshot['unreadable'] = [];
  for (const name of await store.names()) {
    try {
      opened.push(await store.open(name));
    } catch (error) {
      const remedy = error instanceof ViaductError ? error.remedy : undefined;
      unreadable.push({
        name,
        message: messageOf(error),
        remedy: remedy ?? 'Restore the folder of the authority from a backup.',
      });
    }
  }
  const successors = new Map(opened.map(({ name, record }) => [record.replaces, name]));
  const authorities = opened.map((authority) => describe(authority, standing, successors));
  const inUse = authorities.filter(({ replacedBy }) => replacedBy === undefined);
  const replaced = authorities.filter(({ replacedBy }) => replacedBy !== undefined);
  return { authorities: [...inUse, ...replaced], unreadable };
}

function describe(
  { name, certificate, hasKey }: Authority,
  { unlockedUntilMs, remembered }: AuthorityStanding,
  successors: ReadonlyMap<string | undefined, string>,
): AuthoritySnapshot {
  const key = keyLabel(certificate.publicKey);
  return {
    name,
    key,
    keyKind: kinds.get(key),
    fingerprint: certificate.fingerprint,
    certificate: certificate.pem,
    notBeforeMs: certificate.notBefore.getTime(),
    notAfterMs: certificate.notAfter.getTime(),
    keyPlace: hasKey ? 'here' : 'elsewhere',
    unlockedUntilMs: unlockedUntilMs(name),
    remembered: remembered.has(name),
    replacedBy: successors.get(name),
  };
}
