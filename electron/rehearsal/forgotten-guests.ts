import { absentAsUndefined } from '../engine/preflight/facts/daemon.ts';
import {
  domainMetadata,
  errorCodes,
  listDomains,
  listDomainsFlags,
  type CallOptions,
  type DomainRef,
  type LibvirtCalls,
} from '../libvirt/index.ts';
import { isForgotten, markNamespace, readMark, type Mark, type Rehearser } from './mark.ts';
import { isThrowAwayName, type ThrowAwayGuest } from './throw-away-guest.ts';

/**
 * The guests that earlier rehearsals left on a host: transient, with a name of ours, and with our mark. All three, so
 * that a guest that somebody made from such a one is never among them.
 */
export async function forgottenGuests(
  client: LibvirtCalls,
  rehearser: Rehearser,
  nowMs: number,
  options: CallOptions,
): Promise<ThrowAwayGuest[]> {
  const flags = listDomainsFlags.active | listDomainsFlags.transient;
  const forgotten: ThrowAwayGuest[] = [];
  for (const dom of await listDomains(client, flags, options)) {
    if (!isThrowAwayName(dom.name)) continue;
    const mark = await markOf(client, dom, options);
    if (mark !== undefined && isForgotten(mark, rehearser, nowMs)) {
      forgotten.push({ name: dom.name, uuid: dom.uuid });
    }
  }
  return forgotten;
}

async function markOf(client: LibvirtCalls, dom: DomainRef, options: CallOptions): Promise<Mark | undefined> {
  const metadata = await absentAsUndefined(errorCodes.noDomain, () =>
    absentAsUndefined(errorCodes.noDomainMetadata, () => domainMetadata(client, dom, markNamespace, options)),
  );
  return metadata === undefined ? undefined : readMark(metadata);
}
