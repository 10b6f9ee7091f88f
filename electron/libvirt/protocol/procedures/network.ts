import { string, uuid } from '../../xdr/bytes.ts';
import { array, struct } from '../../xdr/composites.ts';
import { bool, i32, u32 } from '../../xdr/scalars.ts';
import { nothing, remoteProcedure } from '../procedure.ts';
import { interfaceRef, networkRef, nodeDeviceRef, secretRef } from '../references.ts';

export const networkProcedures = {
  connectListAllNetworks: remoteProcedure({
    number: 283,
    name: 'CONNECT_LIST_ALL_NETWORKS',
    priority: 'high',
    args: struct({ needResults: i32, flags: u32 }),
    ret: struct({ nets: array(networkRef, 16_384), ret: u32 }),
  }),
  networkLookupByName: remoteProcedure({
    number: 46,
    name: 'NETWORK_LOOKUP_BY_NAME',
    priority: 'high',
    args: struct({ name: string() }),
    ret: struct({ net: networkRef }),
  }),
  networkLookupByUuid: remoteProcedure({
    number: 47,
    name: 'NETWORK_LOOKUP_BY_UUID',
    priority: 'high',
    args: struct({ uuid }),
    ret: struct({ net: networkRef }),
  }),
  networkGetXmlDesc: remoteProcedure({
    number: 43,
    name: 'NETWORK_GET_XML_DESC',
    priority: 'high',
    args: struct({ net: networkRef, flags: u32 }),
    ret: struct({ xml: string() }),
  }),
  networkIsActive: remoteProcedure({
    number: 152,
    name: 'NETWORK_IS_ACTIVE',
    priority: 'high',
    args: struct({ net: networkRef }),
    ret: struct({ active: bool }),
  }),
  networkCreate: remoteProcedure({
    number: 39,
    name: 'NETWORK_CREATE',
    priority: 'low',
    args: struct({ net: networkRef }),
    ret: nothing,
  }),
  networkGetBridgeName: remoteProcedure({
    number: 45,
    name: 'NETWORK_GET_BRIDGE_NAME',
    priority: 'high',
    args: struct({ net: networkRef }),
    ret: struct({ name: string() }),
  }),
  connectListAllInterfaces: remoteProcedure({
    number: 284,
    name: 'CONNECT_LIST_ALL_INTERFACES',
    priority: 'high',
    args: struct({ needResults: i32, flags: u32 }),
    ret: struct({ ifaces: array(interfaceRef, 16_384), ret: u32 }),
  }),
  connectListAllSecrets: remoteProcedure({
    number: 287,
    name: 'CONNECT_LIST_ALL_SECRETS',
    priority: 'high',
    args: struct({ needResults: i32, flags: u32 }),
    ret: struct({ secrets: array(secretRef, 16_384), ret: u32 }),
  }),
  secretLookupByUuid: remoteProcedure({
    number: 141,
    name: 'SECRET_LOOKUP_BY_UUID',
    priority: 'high',
    args: struct({ uuid }),
    ret: struct({ secret: secretRef }),
  }),
  secretLookupByUsage: remoteProcedure({
    number: 147,
    name: 'SECRET_LOOKUP_BY_USAGE',
    priority: 'high',
    args: struct({ usageType: i32, usageID: string() }),
    ret: struct({ secret: secretRef }),
  }),
  secretGetXmlDesc: remoteProcedure({
    number: 143,
    name: 'SECRET_GET_XML_DESC',
    priority: 'high',
    args: struct({ secret: secretRef, flags: u32 }),
    ret: struct({ xml: string() }),
  }),
  connectListAllNodeDevices: remoteProcedure({
    number: 285,
    name: 'CONNECT_LIST_ALL_NODE_DEVICES',
    priority: 'high',
    args: struct({ needResults: i32, flags: u32 }),
    ret: struct({ devices: array(nodeDeviceRef, 65_536), ret: u32 }),
  }),
  nodeDeviceGetXmlDesc: remoteProcedure({
    number: 114,
    name: 'NODE_DEVICE_GET_XML_DESC',
    priority: 'low',
    args: struct({ name: string(), flags: u32 }),
    ret: struct({ xml: string() }),
  }),
};
