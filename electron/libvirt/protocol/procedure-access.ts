import { programs } from './procedure.ts';
import { procedures } from './procedures.ts';

/**
 * The procedures that a daemon answers over a read-only connection (`virCheckReadOnlyGoto` of libvirt's public API
 * refuses all others). Whether one is here was asked of daemons, of two drivers, and is asked again by the lab's
 * tests. A procedure that is missing counts as one that changes something.
 */
const readers = [
  'connectBaselineCpu',
  'connectBaselineHypervisorCpu',
  'connectCompareCpu',
  'connectDomainEventCallbackDeregisterAny',
  'connectDomainEventCallbackRegisterAny',
  'connectGetAllDomainStats',
  'connectGetCapabilities',
  'connectGetCpuModelNames',
  'connectGetHostname',
  'connectGetLibVersion',
  'connectGetMaxVcpus',
  'connectGetStoragePoolCapabilities',
  'connectGetSysinfo',
  'connectGetType',
  'connectGetUri',
  'connectGetVersion',
  'connectIsSecure',
  'connectListAllDomains',
  'connectListAllInterfaces',
  'connectListAllNetworks',
  'connectListAllNodeDevices',
  'connectListAllSecrets',
  'connectListAllStoragePools',
  'connectNetworkEventRegisterAny',
  'connectRegisterCloseCallback',
  'connectStoragePoolEventRegisterAny',
  'connectSupportsFeature',
  'connectUnregisterCloseCallback',
  'domainBlockStats',
  'domainGetAutostart',
  'domainGetBlockInfo',
  'domainGetBlockJobInfo',
  'domainGetControlInfo',
  'domainGetCpuStats',
  'domainGetDiskErrors',
  'domainGetInfo',
  'domainGetJobInfo',
  'domainGetJobStats',
  'domainGetMessages',
  'domainGetMetadata',
  'domainGetSecurityLabel',
  'domainGetState',
  'domainGetXmlDesc',
  'domainHasManagedSaveImage',
  'domainInterfaceAddresses',
  'domainInterfaceStats',
  'domainIsActive',
  'domainIsPersistent',
  'domainIsUpdated',
  'domainListAllCheckpoints',
  'domainListAllSnapshots',
  'domainLookupById',
  'domainLookupByName',
  'domainLookupByUuid',
  'domainMemoryStats',
  'domainMigrateGetCompressionCache',
  'domainMigrateGetMaxDowntime',
  'networkGetBridgeName',
  'networkGetXmlDesc',
  'networkIsActive',
  'networkLookupByName',
  'networkLookupByUuid',
  'nodeDeviceGetXmlDesc',
  'nodeGetCpuMap',
  'nodeGetCpuStats',
  'nodeGetFreeMemory',
  'nodeGetInfo',
  'nodeGetMemoryStats',
  'nodeGetSecurityModel',
  'secretGetXmlDesc',
  'secretLookupByUsage',
  'secretLookupByUuid',
  'storagePoolGetInfo',
  'storagePoolGetXmlDesc',
  'storagePoolIsActive',
  'storagePoolListAllVolumes',
  'storagePoolLookupByName',
  'storagePoolLookupByTargetPath',
  'storagePoolLookupByUuid',
  'storagePoolLookupByVolume',
  'storageVolGetInfo',
  'storageVolGetInfoFlags',
  'storageVolGetPath',
  'storageVolGetXmlDesc',
  'storageVolLookupByName',
  'storageVolLookupByPath',
] as const satisfies readonly (keyof typeof procedures)[];

/** Readers that leave a trace: a registration of this connection, or statistics that are dropped once they were read. */
const leavingTraces: ReadonlySet<string> = new Set<(typeof readers)[number]>([
  'connectDomainEventCallbackDeregisterAny',
  'connectDomainEventCallbackRegisterAny',
  'connectNetworkEventRegisterAny',
  'connectRegisterCloseCallback',
  'connectStoragePoolEventRegisterAny',
  'connectUnregisterCloseCallback',
  'domainGetJobStats',
]);

const readerNumbers = new Set(readers.map((key) => procedures[key].number));
const repeatableNumbers = new Set(
  readers.filter((key) => !leavingTraces.has(key)).map((key) => procedures[key].number),
);

interface CalledProcedure {
  readonly program: number;
  readonly number: number;
}

/** Whether it changes nothing on the host: a read-only connection may call it. */
export function isReader({ program, number }: CalledProcedure): boolean {
  return program === programs.remote && readerNumbers.has(number);
}

/** Whether asking twice is the same as asking once, so that a call whose answer was lost can be made again. */
export function isRepeatable({ program, number }: CalledProcedure): boolean {
  return program === programs.remote && repeatableNumbers.has(number);
}
