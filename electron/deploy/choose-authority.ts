import { BadInputError } from '../common/errors.ts';
import type { Authority } from '../pki/authority.ts';
import type { AuthorityStore } from '../pki/authority-store.ts';

/**
 * The authority that was named; else the only one that no other takes the place of. A successor takes it with the
 * first certificate that it issues: until then hosts may not trust it yet.
 *
 * @throws BadInputError `authority-none`, `authority-ambiguous`, `authority-unknown`; {PkiError} of a damaged one.
 */
export async function chooseAuthority(store: AuthorityStore, name: string | undefined): Promise<Authority> {
  if (name !== undefined) return store.open(name);
  const all = await Promise.all((await store.names()).map((one) => store.open(one)));
  const waiting = new Set<string>();
  for (const authority of all) if (await isWaiting(authority)) waiting.add(authority.name);
  const inUse = all.filter((authority) => !waiting.has(authority.name));
  const replaced = new Set(inUse.map(({ record }) => record.replaces));
  const [only, ...more] = inUse.filter((authority) => !replaced.has(authority.name));
  if (only === undefined) {
    throw new BadInputError('authority-none', 'There is no certificate authority yet.', {
      side: 'client',
      remedy: 'Make one with "viaduct pki create-ca".',
    });
  }
  if (more.length === 0) return only;
  const names = [only, ...more].map((one) => JSON.stringify(one.name)).join(', ');
  throw new BadInputError('authority-ambiguous', `There are several certificate authorities: ${names}.`, {
    side: 'client',
    remedy: 'Say which one with --ca.',
  });
}

/** A successor that has issued nothing, while its predecessor is still trusted. */
async function isWaiting({ record, ledger }: Authority): Promise<boolean> {
  if (record.replaces === undefined || !record.overlaps.includes(record.replaces)) return false;
  return !(await ledger.read()).some(({ type }) => type === 'issued');
}
