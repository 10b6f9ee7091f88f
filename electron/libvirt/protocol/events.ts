import { string } from '../xdr/bytes.ts';
import type { Codec, TypeOf } from '../xdr/codec.ts';
import { array, optional, struct } from '../xdr/composites.ts';
import { i32, i64, u32, u64 } from '../xdr/scalars.ts';
import { domainRef } from './references.ts';
import { typedParameter } from './typed-parameters.ts';

const address = struct({ family: i32, node: string(), service: string() });
const identity = struct({ type: string(), name: string() });
const callbackId = i32;

function domainEvent<T>(eventId: number, procedure: number, payload: Codec<T>) {
  return { eventId, procedure, payload, message: struct({ callbackId, payload }) };
}

/**
 * The domain events of `CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY`: the id to register, the procedure number of
 * the message that then comes, and what the message carries behind its callback id.
 */
export const domainEvents = {
  lifecycle: domainEvent(0, 318, struct({ dom: domainRef, event: i32, detail: i32 })),
  reboot: domainEvent(1, 319, struct({ dom: domainRef })),
  rtcChange: domainEvent(2, 320, struct({ dom: domainRef, offset: i64 })),
  watchdog: domainEvent(3, 321, struct({ dom: domainRef, action: i32 })),
  ioError: domainEvent(
    4,
    322,
    struct({ dom: domainRef, srcPath: string(), devAlias: string(), action: i32 }),
  ),
  graphics: domainEvent(
    5,
    323,
    struct({
      dom: domainRef,
      phase: i32,
      local: address,
      remote: address,
      authScheme: string(),
      subject: array(identity, 20),
    }),
  ),
  ioErrorReason: domainEvent(
    6,
    324,
    struct({ dom: domainRef, srcPath: string(), devAlias: string(), action: i32, reason: string() }),
  ),
  controlError: domainEvent(7, 325, struct({ dom: domainRef })),
  blockJob: domainEvent(8, 326, struct({ dom: domainRef, path: string(), type: i32, status: i32 })),
  diskChange: domainEvent(
    9,
    327,
    struct({
      dom: domainRef,
      oldSrcPath: optional(string()),
      newSrcPath: optional(string()),
      devAlias: string(),
      reason: i32,
    }),
  ),
  trayChange: domainEvent(10, 328, struct({ dom: domainRef, devAlias: string(), reason: i32 })),
  pmWakeup: domainEvent(11, 329, struct({ reason: i32, dom: domainRef })),
  pmSuspend: domainEvent(12, 330, struct({ reason: i32, dom: domainRef })),
  /** `actual` is in KiB. */
  balloonChange: domainEvent(13, 331, struct({ dom: domainRef, actual: u64 })),
  pmSuspendDisk: domainEvent(14, 332, struct({ reason: i32, dom: domainRef })),
  deviceRemoved: domainEvent(15, 333, struct({ dom: domainRef, devAlias: string() })),
  /** As `blockJob`, but names the disk by its target (`vda`). */
  blockJob2: domainEvent(16, 339, struct({ dom: domainRef, target: string(), type: i32, status: i32 })),
  tunable: domainEvent(17, 346, struct({ dom: domainRef, params: array(typedParameter, 2048) })),
  agentLifecycle: domainEvent(18, 348, struct({ dom: domainRef, state: i32, reason: i32 })),
  deviceAdded: domainEvent(19, 354, struct({ dom: domainRef, devAlias: string() })),
  migrationIteration: domainEvent(20, 359, struct({ dom: domainRef, iteration: i32 })),
  jobCompleted: domainEvent(21, 363, struct({ dom: domainRef, params: array(typedParameter, 64) })),
  deviceRemovalFailed: domainEvent(22, 367, struct({ dom: domainRef, devAlias: string() })),
  metadataChange: domainEvent(23, 379, struct({ dom: domainRef, type: i32, namespace: optional(string()) })),
  blockThreshold: domainEvent(
    24,
    385,
    struct({ dom: domainRef, dev: string(), path: optional(string()), threshold: u64, excess: u64 }),
  ),
  memoryFailure: domainEvent(25, 423, struct({ dom: domainRef, recipient: i32, action: i32, flags: u32 })),
  memoryDeviceSizeChange: domainEvent(26, 438, struct({ dom: domainRef, alias: string(), size: u64 })),
  nicMacChange: domainEvent(
    27,
    453,
    struct({ dom: domainRef, alias: string(), oldMac: string(), newMac: string() }),
  ),
};

export type DomainEventKind = keyof typeof domainEvents;

/** What a listener for each kind of event receives. */
export type DomainEventPayloads = {
  readonly [K in DomainEventKind]: TypeOf<(typeof domainEvents)[K]['payload']>;
};

/** Says that the daemon lost what stands behind it (a proxy daemon its driver); no callback id is in it. */
export const connectionClosedEvent = { procedure: 362, payload: struct({ reason: i32 }) };
