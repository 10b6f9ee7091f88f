import { ViaductError } from '../../common/errors.ts';
import type { Side } from '../../common/errors.ts';
import { string } from '../xdr/bytes.ts';
import type { TypeOf } from '../xdr/codec.ts';
import { optional, struct } from '../xdr/composites.ts';
import { i32 } from '../xdr/scalars.ts';
import { domainRef, networkRef } from './references.ts';

/** All eleven members of the error that a daemon sends, in wire order (`remote_error` of the protocol definition). */
export const wireErrorCodec = struct({
  code: i32,
  domain: i32,
  message: optional(string()),
  level: i32,
  dom: optional(domainRef),
  str1: optional(string()),
  str2: optional(string()),
  str3: optional(string()),
  int1: i32,
  int2: i32,
  net: optional(networkRef),
});

export type WireError = TypeOf<typeof wireErrorCodec>;

/** `virErrorNumber` of libvirt's virterror.h: the codes that Viaduct tells apart. */
export const errorCodes = {
  internalError: 1,
  noSupport: 3,
  invalidArgument: 8,
  operationFailed: 9,
  xmlError: 27,
  domainExists: 28,
  operationDenied: 29,
  xmlDetail: 35,
  systemError: 38,
  rpc: 39,
  noDomain: 42,
  noNetwork: 43,
  authFailed: 45,
  noStoragePool: 49,
  noStorageVolume: 50,
  operationInvalid: 55,
  noSecret: 66,
  configUnsupported: 67,
  operationTimeout: 68,
  migratePersistFailed: 69,
  hookScriptFailed: 70,
  argumentUnsupported: 74,
  operationAborted: 78,
  authCancelled: 79,
  noDomainMetadata: 80,
  migrateUnsafe: 81,
  operationUnsupported: 84,
  agentUnresponsive: 86,
  resourceBusy: 87,
  accessDenied: 88,
  storageVolumeExists: 90,
  cpuIncompatible: 91,
  /** The answer to a finish that was told to cancel: not a failure. */
  migrateFinishOk: 93,
  authUnavailable: 94,
} as const;

export type LibvirtErrorCode = (typeof errorCodes)[keyof typeof errorCodes];

/** `virErrorDomain`: which part of the daemon raised the error. */
export const errorDomains = {
  xml: 5,
  rpc: 7,
  config: 9,
  qemu: 10,
  remote: 13,
  storage: 18,
  domain: 20,
  security: 24,
  secret: 30,
  cpu: 31,
  streams: 38,
  events: 40,
  locking: 42,
  capabilities: 44,
  auth: 46,
  access: 55,
  polkit: 60,
} as const;

const codeNames = new Map<number, string>(
  Object.entries(errorCodes).map(([name, code]) => [
    code,
    name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
  ]),
);

const maxShownMessage = 2000;

function shownMessage(wire: WireError): string {
  // The text comes from the host and ends up in terminals and logs.
  const text = (wire.message ?? '').replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
  if (text === '') return `The daemon answered with error ${wire.code} and no text.`;
  return text.length > maxShownMessage ? `${text.slice(0, maxShownMessage)}…` : text;
}

/** A daemon refused or failed a call: the outcome is known. Decide by `errorCode`, never by the text. */
export class LibvirtError extends ViaductError {
  readonly wire: WireError;

  constructor(wire: WireError, details: { side?: Side } = {}) {
    super(`libvirt-${codeNames.get(wire.code) ?? `error-${wire.code}`}`, shownMessage(wire), details);
    this.wire = wire;
  }

  get errorCode(): number {
    return this.wire.code;
  }

  get errorDomain(): number {
    return this.wire.domain;
  }
}

/** Whether a daemon answered with this error code (any code when none is given). */
export function isLibvirtError(error: unknown, code?: LibvirtErrorCode): error is LibvirtError {
  return error instanceof LibvirtError && (code === undefined || error.errorCode === code);
}

/** Whether the daemon is too old to know the procedure, or its driver does not implement it. */
export function isNotImplementedByDaemon(error: unknown): boolean {
  if (!(error instanceof LibvirtError)) return false;
  if (error.errorCode === errorCodes.noSupport) return true;
  return error.errorCode === errorCodes.rpc && error.errorDomain === errorDomains.rpc;
}
