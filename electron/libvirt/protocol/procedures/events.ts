import { string } from '../../xdr/bytes.ts';
import { optional, struct } from '../../xdr/composites.ts';
import { i32, u32 } from '../../xdr/scalars.ts';
import { nothing, remoteProcedure, remoteStreamProcedure } from '../procedure.ts';
import { domainRef, networkRef, poolRef } from '../references.ts';

export const eventsProcedures = {
  connectDomainEventCallbackRegisterAny: remoteProcedure({
    number: 316,
    name: 'CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY',
    priority: 'high',
    args: struct({ eventId: i32, dom: optional(domainRef) }),
    ret: struct({ callbackId: i32 }),
  }),
  connectDomainEventCallbackDeregisterAny: remoteProcedure({
    number: 317,
    name: 'CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY',
    priority: 'high',
    args: struct({ callbackId: i32 }),
    ret: nothing,
  }),
  connectNetworkEventRegisterAny: remoteProcedure({
    number: 313,
    name: 'CONNECT_NETWORK_EVENT_REGISTER_ANY',
    priority: 'high',
    args: struct({ eventId: i32, net: optional(networkRef) }),
    ret: struct({ callbackId: i32 }),
  }),
  connectStoragePoolEventRegisterAny: remoteProcedure({
    number: 368,
    name: 'CONNECT_STORAGE_POOL_EVENT_REGISTER_ANY',
    priority: 'high',
    args: struct({ eventId: i32, pool: optional(poolRef) }),
    ret: struct({ callbackId: i32 }),
  }),
  domainOpenConsole: remoteStreamProcedure({
    number: 201,
    name: 'DOMAIN_OPEN_CONSOLE',
    priority: 'low',
    stream: 'both',
    args: struct({ dom: domainRef, devName: optional(string()), flags: u32 }),
    ret: nothing,
  }),
  domainOpenChannel: remoteStreamProcedure({
    number: 296,
    name: 'DOMAIN_OPEN_CHANNEL',
    priority: 'low',
    stream: 'both',
    args: struct({ dom: domainRef, name: optional(string()), flags: u32 }),
    ret: nothing,
  }),
  domainScreenshot: remoteStreamProcedure({
    number: 211,
    name: 'DOMAIN_SCREENSHOT',
    priority: 'low',
    stream: 'read',
    args: struct({ dom: domainRef, screen: u32, flags: u32 }),
    ret: struct({ mime: optional(string()) }),
  }),
};
