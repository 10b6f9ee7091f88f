import type { LibvirtCalls } from './libvirt-calls.ts';
import { procedures } from './protocol/procedures.ts';
import type { DomainRef } from './protocol/references.ts';
import { toParameterMap, type TypedParameterMap } from './protocol/typed-parameters.ts';
import { domainStatsFlags } from './protocol/values.ts';
import type { CallOptions } from './rpc/call-table.ts';

export interface DomainStateReport {
  /** `domainStates`; newer daemons may know more. */
  readonly state: number;
  readonly reason: number;
}

export interface DomainStats {
  readonly dom: DomainRef;
  readonly stats: TypedParameterMap;
}

/** All domains, or those that `flags` (`listDomainsFlags`) select. */
export async function listDomains(
  client: LibvirtCalls,
  flags = 0,
  options?: CallOptions,
): Promise<readonly DomainRef[]> {
  const { domains } = await client.call(procedures.connectListAllDomains, { needResults: 1, flags }, options);
  return domains;
}

/** @throws {LibvirtError} `noDomain` when there is none of that name */
export async function domainByName(
  client: LibvirtCalls,
  name: string,
  options?: CallOptions,
): Promise<DomainRef> {
  return (await client.call(procedures.domainLookupByName, { name }, options)).dom;
}

/** @throws {LibvirtError} `noDomain` when there is none with that UUID */
export async function domainByUuid(
  client: LibvirtCalls,
  uuid: string,
  options?: CallOptions,
): Promise<DomainRef> {
  return (await client.call(procedures.domainLookupByUuid, { uuid }, options)).dom;
}

export function domainState(
  client: LibvirtCalls,
  dom: DomainRef,
  options?: CallOptions,
): Promise<DomainStateReport> {
  return client.call(procedures.domainGetState, { dom, flags: 0 }, options);
}

/** The definition; `flags` are `domainXmlFlags`. `secure` and `migratable` need a read-write connection. */
export async function domainXml(
  client: LibvirtCalls,
  dom: DomainRef,
  flags = 0,
  options?: CallOptions,
): Promise<string> {
  return (await client.call(procedures.domainGetXmlDesc, { dom, flags }, options)).xml;
}

export async function isPersistent(
  client: LibvirtCalls,
  dom: DomainRef,
  options?: CallOptions,
): Promise<boolean> {
  return (await client.call(procedures.domainIsPersistent, { dom }, options)).persistent;
}

/**
 * Statistics of many domains in one round trip; `groups` are `domainStatsGroups`, 0 for all.
 *
 * Never waits for a guest that is busy with a job: what it cannot say is left out.
 */
export async function allDomainStats(
  client: LibvirtCalls,
  groups: number,
  query: { readonly domains?: readonly DomainRef[]; readonly flags?: number } = {},
  options?: CallOptions,
): Promise<readonly DomainStats[]> {
  const { retStats } = await client.call(
    procedures.connectGetAllDomainStats,
    { doms: query.domains ?? [], stats: groups, flags: (query.flags ?? 0) + domainStatsFlags.noWait },
    options,
  );
  return retStats.map(({ dom, params }) => ({ dom, stats: toParameterMap(params) }));
}

/** Resumes a paused domain. */
export async function resumeDomain(
  client: LibvirtCalls,
  dom: DomainRef,
  options?: CallOptions,
): Promise<void> {
  await client.call(procedures.domainResume, { dom }, options);
}

/** Pauses a running domain. */
export async function suspendDomain(
  client: LibvirtCalls,
  dom: DomainRef,
  options?: CallOptions,
): Promise<void> {
  await client.call(procedures.domainSuspend, { dom }, options);
}

/** Starts a guest that is defined nowhere: it is gone for good once it stops. `flags` are `domainCreateFlags`. */
export async function createTransientDomain(
  client: LibvirtCalls,
  xml: string,
  flags = 0,
  options?: CallOptions,
): Promise<DomainRef> {
  return (await client.call(procedures.domainCreateXml, { xmlDesc: xml, flags }, options)).dom;
}

/** Ends a domain at once, as pulling the plug does, also while a job holds it. */
export async function destroyDomain(
  client: LibvirtCalls,
  dom: DomainRef,
  options?: CallOptions,
): Promise<void> {
  await client.call(procedures.domainDestroy, { dom }, options);
}

/**
 * The element that somebody put into the domain's `<metadata>` under this namespace, without the namespace's prefix.
 *
 * @throws {LibvirtError} `noDomainMetadata` when there is none
 */
export async function domainMetadata(
  client: LibvirtCalls,
  dom: DomainRef,
  namespace: string,
  options?: CallOptions,
): Promise<string> {
  const args = { dom, type: metadataTypeElement, uri: namespace, flags: 0 };
  return (await client.call(procedures.domainGetMetadata, args, options)).metadata;
}

/** `VIR_DOMAIN_METADATA_ELEMENT`. */
const metadataTypeElement = 2;
