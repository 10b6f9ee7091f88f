import type { LibvirtCalls } from './libvirt-calls.ts';
import { procedures } from './protocol/procedures.ts';
import type { DomainRef } from './protocol/references.ts';
import { toParameterMap, type TypedParameter, type TypedParameterMap } from './protocol/typed-parameters.ts';
import type { CallOptions } from './rpc/call-table.ts';

/**
 * The five phases of libvirt's migration protocol, version 3 with parameters, as thin calls without policy.
 *
 * Cookies are opaque: each goes unchanged into the next phase and never into a log, because it carries the
 * guest's definition. None of these calls has a deadline unless one is given.
 */
export interface BeginResult {
  readonly cookie: Uint8Array;
  /** The definition that `prepare` must be given as `destination_xml`. */
  readonly xml: string;
}

export interface PrepareResult {
  readonly cookie: Uint8Array;
  /** The data address that the destination proposes: input from a host, to be checked before use. */
  readonly uri: string | undefined;
}

export interface FinishResult {
  readonly dom: DomainRef;
  readonly cookie: Uint8Array;
}

export interface PhaseArgs {
  readonly params: readonly TypedParameter[];
  /** `migrateFlags`, combined. */
  readonly flags: number;
}

/** An absent cookie: what a phase is given when there is none from the phase before. */
export const noCookie = new Uint8Array(0);

/** Source: opens the job. */
export async function migrateBegin(
  client: LibvirtCalls,
  { dom, params, flags }: PhaseArgs & { readonly dom: DomainRef },
  options?: CallOptions,
): Promise<BeginResult> {
  const args = { dom, params, flags };
  const { cookieOut, xml } = await client.call(procedures.domainMigrateBegin3Params, args, options);
  return { cookie: cookieOut, xml };
}

/** Destination: starts the incoming guest, which lives only as long as this client's connection. */
export async function migratePrepare(
  client: LibvirtCalls,
  { cookie, params, flags }: PhaseArgs & { readonly cookie: Uint8Array },
  options?: CallOptions,
): Promise<PrepareResult> {
  const args = { params, cookieIn: cookie, flags };
  const { cookieOut, uriOut } = await client.call(procedures.domainMigratePrepare3Params, args, options);
  return { cookie: cookieOut, uri: uriOut };
}

/** Source: moves the data; returns when it is moved. `dconnuri` is for peer-to-peer only. */
export async function migratePerform(
  client: LibvirtCalls,
  {
    dom,
    dconnuri,
    cookie,
    params,
    flags,
  }: PhaseArgs & {
    readonly dom: DomainRef;
    readonly dconnuri?: string | undefined;
    readonly cookie: Uint8Array;
  },
  options?: CallOptions,
): Promise<{ cookie: Uint8Array }> {
  const args = { dom, dconnuri, params, cookieIn: cookie, flags };
  const { cookieOut } = await client.call(procedures.domainMigratePerform3Params, args, options);
  return { cookie: cookieOut };
}

/**
 * Destination: resumes the guest there, or with `cancelled` discards it. A cancelled finish that went well is
 * reported as `LibvirtError` with code `migrateFinishOk`.
 */
export async function migrateFinish(
  client: LibvirtCalls,
  {
    cookie,
    params,
    flags,
    cancelled,
  }: PhaseArgs & { readonly cookie: Uint8Array; readonly cancelled: boolean },
  options?: CallOptions,
): Promise<FinishResult> {
  const args = { params, cookieIn: cookie, flags, cancelled };
  const { dom, cookieOut } = await client.call(procedures.domainMigrateFinish3Params, args, options);
  return { dom, cookie: cookieOut };
}

/** Source: ends the guest there, or with `cancelled` lets it go on. */
export async function migrateConfirm(
  client: LibvirtCalls,
  {
    dom,
    cookie,
    params,
    flags,
    cancelled,
  }: PhaseArgs & { readonly dom: DomainRef; readonly cookie: Uint8Array; readonly cancelled: boolean },
  options?: CallOptions,
): Promise<void> {
  const args = { dom, params, cookieIn: cookie, flags, cancelled };
  await client.call(procedures.domainMigrateConfirm3Params, args, options);
}

export interface JobStats {
  /** `jobTypes`. */
  readonly type: number;
  readonly stats: TypedParameterMap;
}

/** The job under way on the source, or with `jobStatsFlags.completed` the last one (cleared by reading it). */
export async function jobStats(
  client: LibvirtCalls,
  dom: DomainRef,
  flags = 0,
  options?: CallOptions,
): Promise<JobStats> {
  const { type, params } = await client.call(procedures.domainGetJobStats, { dom, flags }, options);
  return { type, stats: toParameterMap(params) };
}

/** Asks the source to cancel its job; what became of the job is told by the call that runs it. */
export async function abortJob(client: LibvirtCalls, dom: DomainRef, options?: CallOptions): Promise<void> {
  await client.call(procedures.domainAbortJob, { dom }, options);
}

/** The longest pause that may end the copy, in ms. */
export async function setMaxDowntime(
  client: LibvirtCalls,
  dom: DomainRef,
  downtimeMs: number,
  options?: CallOptions,
): Promise<void> {
  const args = { dom, downtime: BigInt(downtimeMs), flags: 0 };
  await client.call(procedures.domainMigrateSetMaxDowntime, args, options);
}

/**
 * The limit of the transfer in MiB/s; `noSpeedLimit` for none. With `postCopy`, that of the time after the switch to
 * post-copy (libvirt 5.1).
 */
export async function setMaxSpeed(
  client: LibvirtCalls,
  dom: DomainRef,
  { bandwidthMiBps, postCopy = false }: SpeedLimit,
  options?: CallOptions,
): Promise<void> {
  const flags = postCopy ? maxSpeedPostCopy : 0;
  await client.call(procedures.domainMigrateSetMaxSpeed, { dom, bandwidth: bandwidthMiBps, flags }, options);
}

export interface SpeedLimit {
  readonly bandwidthMiBps: bigint;
  readonly postCopy?: boolean;
}

/** `VIR_DOMAIN_MIGRATE_MAX_SPEED_POSTCOPY`. */
const maxSpeedPostCopy = 1;

/** `QEMU_DOMAIN_MIG_BANDWIDTH_MAX` of libvirt's qemu_domain.h: the most that it takes, and what it starts with. */
export const noSpeedLimit = (2n ** 63n - 1n) / 2n ** 20n;

/** Has the running migration, if it was started with the flag for it, go on in post-copy. Asking twice does no harm. */
export async function startPostCopy(
  client: LibvirtCalls,
  dom: DomainRef,
  options?: CallOptions,
): Promise<void> {
  await client.call(procedures.domainMigrateStartPostCopy, { dom, flags: 0 }, options);
}
