import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { AuthorityStore } from '../../../electron/pki/authority-store.ts';
import type { Authority } from '../../../electron/pki/authority.ts';
import { issueCertificate, type CertificateOrder, type IssuedPem } from '../../../electron/pki/issue.ts';
import { makeKeyPair, type KeyKind } from '../../../electron/pki/key-kinds.ts';
import { certificateNames } from '../../../electron/pki/names.ts';
import { Passphrase } from '../../../electron/pki/passphrase.ts';
import {
  unlockAuthority,
  type Clock,
  type UnlockedAuthority,
} from '../../../electron/pki/unlocked-authority.ts';

export const secret = 'horse staple ÄÖ';
export const passphrase = new Passphrase(secret);

export interface Stand {
  home: string;
  store: AuthorityStore;
  authority: Authority;
  unlocked: UnlockedAuthority;
}

/** An authority in a state folder of its own, unlocked. */
export async function makeStand(
  folder: string,
  { key = 'p256', name = 'Lab CA', clock = () => new Date(), days }: Partial<StandWish> = {},
): Promise<Stand> {
  const home = mkdtempSync(join(folder, 'home-'));
  const store = new AuthorityStore(home, clock);
  const authority = await store.create({ name, key, days, passphrase });
  return { home, store, authority, unlocked: await unlockAuthority(authority, passphrase, { clock }) };
}

interface StandWish {
  key: KeyKind;
  name: string;
  clock: Clock;
  days: number;
}

export const hostNames = certificateNames(['beta.lab', 'beta', '10.0.0.6', '2001:db8::6']);

export function orderFor(wish: Partial<CertificateOrder> = {}): CertificateOrder {
  return { host: 'beta.lab', usedBy: 'qemu', purposes: ['server', 'client'], names: hostNames, ...wish };
}

/** A certificate for a new key. */
export async function issueNew(
  unlocked: UnlockedAuthority,
  wish: Partial<CertificateOrder> = {},
  kind: KeyKind = 'p256',
): Promise<IssuedPem> {
  return issueCertificate(unlocked, orderFor(wish), (await makeKeyPair(kind)).publicKey);
}
