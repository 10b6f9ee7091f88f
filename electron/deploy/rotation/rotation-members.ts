import type { IssuedEntry } from '../../pki/ledger-entries.ts';
import { issuedCertificates } from '../../pki/ledger-view.ts';
import type { Place } from '../trees.ts';
import type { Rotation } from './rotation.ts';

/** Who has certificates that a change of authority concerns. */
export interface RotationMembers {
  /** By name; they have to be told. */
  hosts: string[];
  /** Workstations with a client's certificate of the old authority and none of the successor's. */
  clients: string[];
}

/** What both authorities have issued that is neither revoked nor expired tells who there is. */
export async function rotationMembers(
  { successor, replaced }: Rotation,
  now: Date,
): Promise<RotationMembers> {
  const [ofSuccessor, ofReplaced] = await Promise.all(
    [successor, replaced].map(async ({ ledger }) =>
      issuedCertificates(await ledger.read(), now).filter(
        ({ state }) => state === 'valid' || state === 'replaced',
      ),
    ),
  );
  const all = [...(ofReplaced ?? []), ...(ofSuccessor ?? [])];
  const hosts = new Set(all.filter(({ purposes }) => purposes.includes('server')).map(({ host }) => host));
  const moved = new Set((ofSuccessor ?? []).map(({ host }) => host));
  const clients = (ofReplaced ?? []).map(({ host }) => host);
  return {
    hosts: [...hosts].sort(),
    clients: [...new Set(clients)].filter((name) => !hosts.has(name) && !moved.has(name)).sort(),
  };
}

/** The newest certificate of a host for one place of its trees, of whichever authority. */
export async function newestOfEither(
  { successor, replaced }: Rotation,
  host: string,
  { tree, purpose }: Pick<Place, 'tree' | 'purpose'>,
): Promise<IssuedEntry | undefined> {
  const entries = await Promise.all([replaced, successor].map(({ ledger }) => ledger.read()));
  return entries
    .flat()
    .filter((entry) => entry.type === 'issued')
    .filter((entry) => entry.host === host && entry.usedBy === tree && entry.purposes.includes(purpose))
    .toSorted((one, other) => one.at.getTime() - other.at.getTime())
    .at(-1);
}
