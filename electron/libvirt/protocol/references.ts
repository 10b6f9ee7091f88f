import type { TypeOf } from '../xdr/codec.ts';
import { struct } from '../xdr/composites.ts';
import { string, uuid } from '../xdr/bytes.ts';
import { i32 } from '../xdr/scalars.ts';

/** How calls name a domain. The daemon finds it by `uuid`; `id` is -1 when it is not running. */
export const domainRef = struct({ name: string(), uuid, id: i32 });
export const networkRef = struct({ name: string(), uuid });
export const poolRef = struct({ name: string(), uuid });
export const volumeRef = struct({ pool: string(), name: string(), key: string() });
export const secretRef = struct({ uuid, usageType: i32, usageId: string() });
export const interfaceRef = struct({ name: string(), mac: string() });
export const nodeDeviceRef = struct({ name: string() });
export const snapshotRef = struct({ name: string(), dom: domainRef });
export const checkpointRef = struct({ name: string(), dom: domainRef });

export type DomainRef = TypeOf<typeof domainRef>;
export type NetworkRef = TypeOf<typeof networkRef>;
export type PoolRef = TypeOf<typeof poolRef>;
export type VolumeRef = TypeOf<typeof volumeRef>;
export type SecretRef = TypeOf<typeof secretRef>;
export type InterfaceRef = TypeOf<typeof interfaceRef>;
export type NodeDeviceRef = TypeOf<typeof nodeDeviceRef>;
export type SnapshotRef = TypeOf<typeof snapshotRef>;
export type CheckpointRef = TypeOf<typeof checkpointRef>;
