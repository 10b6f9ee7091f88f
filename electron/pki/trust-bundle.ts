import type { Authority } from './authority.ts';
import type { AuthorityStore } from './authority-store.ts';

/**
 * The authorities that hosts trust while `authority` is the one in use: itself, those that it overlaps with, and those
 * that overlap with it. So a host trusts the same ones during a change, whichever of them its certificates are of.
 *
 * One that has expired is left out: libvirt and QEMU look at the dates of every certificate in the CA file, and
 * refuse to start a TLS listener or a migration over one of them.
 */
async function trusted(store: AuthorityStore, authority: Authority, now: Date): Promise<Authority[]> {
  const all = await Promise.all((await store.names()).map((name) => store.open(name)));
  const others = all.filter(
    ({ name, record }) =>
      authority.record.overlaps.includes(name) || record.overlaps.includes(authority.name),
  );
  return [authority, ...others.filter(({ certificate }) => now <= certificate.notAfter)];
}

/** The content of a host's CA file. */
export async function trustBundle(store: AuthorityStore, authority: Authority, now: Date): Promise<string> {
  return (await trusted(store, authority, now)).map(({ certificate }) => certificate.pem).join('');
}

/** The content of a host's CRL file; `undefined` while none of the authorities has a list. */
export async function revocationBundle(
  store: AuthorityStore,
  authority: Authority,
  now: Date,
): Promise<string | undefined> {
  const authorities = await trusted(store, authority, now);
  const lists = await Promise.all(authorities.map((one) => one.revocationList()));
  return lists.join('') || undefined;
}
