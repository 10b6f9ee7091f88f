/** Feature numbers of `CONNECT_SUPPORTS_FEATURE` (`VIR_DRV_FEATURE_*`, libvirt_internal.h). */
export const libvirtFeatures = {
  migrationV2: 3,
  migrationP2p: 4,
  migrationV3: 6,
  migrateChangeProtection: 7,
  typedParamString: 9,
  keepalive: 10,
  migratableXml: 11,
  migrationOffline: 12,
  migrationParams: 13,
  remoteEventCallbacks: 14,
  remoteCloseCallback: 15,
} as const;

export type LibvirtFeature = (typeof libvirtFeatures)[keyof typeof libvirtFeatures];

/** `VIR_MIGRATE_*`: the flags of the migration calls. */
export const migrateFlags = {
  live: 1,
  peer2peer: 2,
  tunnelled: 4,
  persistDest: 8,
  undefineSource: 16,
  paused: 32,
  nonSharedDisk: 64,
  nonSharedInc: 128,
  changeProtection: 256,
  unsafe: 512,
  offline: 1024,
  compressed: 2048,
  abortOnError: 4096,
  autoConverge: 8192,
  rdmaPinAll: 16_384,
  postcopy: 32_768,
  tls: 65_536,
  parallel: 131_072,
  nonSharedSynchronousWrites: 262_144,
  postcopyResume: 524_288,
  zerocopy: 1_048_576,
} as const;

/** `VIR_DOMAIN_XML_*`. */
export const domainXmlFlags = { secure: 1, inactive: 2, updateCpu: 4, migratable: 8 } as const;

/** `VIR_DOMAIN_START_*`. */
export const domainCreateFlags = { paused: 1, autodestroy: 2 } as const;

/** `VIR_CONNECT_LIST_DOMAINS_*`: both bits of a pair together filter nothing. */
export const listDomainsFlags = {
  active: 1,
  inactive: 2,
  persistent: 4,
  transient: 8,
  running: 16,
  paused: 32,
  shutoff: 64,
  other: 128,
  hasSnapshot: 4096,
  noSnapshot: 8192,
} as const;

/** `VIR_DOMAIN_STATS_*`: groups of bulk statistics. */
export const domainStatsGroups = {
  state: 1,
  cpu: 2,
  balloon: 4,
  vcpu: 8,
  interface: 16,
  block: 32,
  perf: 64,
  iothread: 128,
  memory: 256,
  dirtyRate: 512,
  vm: 1024,
} as const;

/** `VIR_CONNECT_GET_ALL_DOMAINS_STATS_*`; the low bits are `listDomainsFlags`. */
export const domainStatsFlags = { noWait: 0x2000_0000, backing: 0x4000_0000, enforce: 0x8000_0000 } as const;

/** `VIR_DOMAIN_JOB_STATS_*`. */
export const jobStatsFlags = { completed: 1, keepCompleted: 2 } as const;

/** `virDomainJobType`. */
export const jobTypes = { none: 0, bounded: 1, unbounded: 2, completed: 3, failed: 4, cancelled: 5 } as const;

/** `virDomainJobOperation`: the `operation` field of job statistics. */
export const jobOperations = {
  unknown: 0,
  start: 1,
  save: 2,
  restore: 3,
  migrationIn: 4,
  migrationOut: 5,
  snapshot: 6,
  snapshotRevert: 7,
  dump: 8,
  backup: 9,
  snapshotDelete: 10,
} as const;

/** `virCPUCompareResult`. */
export const cpuComparisons = { error: -1, incompatible: 0, identical: 1, superset: 2 } as const;

/** `VIR_DOMAIN_UNDEFINE_*`. */
export const undefineFlags = {
  managedSave: 1,
  snapshotsMetadata: 2,
  nvram: 4,
  keepNvram: 8,
  checkpointsMetadata: 16,
  tpm: 32,
  keepTpm: 64,
} as const;

/** `virStoragePoolState`. */
export const storagePoolStates = {
  inactive: 0,
  building: 1,
  running: 2,
  degraded: 3,
  inaccessible: 4,
} as const;
