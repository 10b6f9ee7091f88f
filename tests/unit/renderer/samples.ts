import type {
  GuestSnapshot,
  HostSnapshot,
  MigrationProgress,
  MigrationResult,
  MigrationSnapshot,
  PlanOptions,
  TuningChoices,
} from '../../../electron/ipc/views.ts';

export const MiB = 1024 ** 2;

export const options: PlanOptions = {
  mode: 'native-tls',
  control: 'managed',
  allowPlaintext: false,
  disks: 'none',
  autoConverge: false,
  postCopy: false,
  persist: false,
  keepSourceDefinition: false,
  offline: false,
};

export function guest(name: string, state: GuestSnapshot['state'] = 'running'): GuestSnapshot {
  return {
    uuid: `uuid-${name}`,
    name,
    state,
    stateReason: '',
    vcpus: 1,
    memoryBytes: 1024 * MiB,
    persistent: true,
    details: 'read',
    disks: [],
    obstacles: [],
  };
}

export function host(name: string, guests: GuestSnapshot[] | undefined): HostSnapshot {
  return {
    id: name,
    name,
    connectUri: `qemu+ssh://root@${name}/system`,
    generation: 1,
    connection: { kind: 'connected', sinceMs: 0, transport: 'ssh', notes: [] },
    security: { level: 'verified', summary: '' },
    versions: undefined,
    load: undefined,
    guests,
    guestsGeneration: 1,
    readOnly: undefined,
    unanswered: [],
  };
}

export function progress(memory: Partial<MigrationProgress['memory']>): MigrationProgress {
  return {
    percent: 50,
    memory: {
      totalBytes: 1024 * MiB,
      processedBytes: 512 * MiB,
      remainingBytes: 512 * MiB,
      bandwidthBps: 100 * MiB,
      dirtyRateBps: 0,
      iteration: 2,
      ...memory,
    },
    disk: { totalBytes: 0, processedBytes: 0, remainingBytes: 0, bandwidthBps: 0 },
    elapsedMs: 5_000,
    expectedDowntimeMs: undefined,
  };
}

export const tuning: TuningChoices = {
  bandwidth: { possible: true, sentence: 'Takes effect at once.' },
  maxDowntime: { possible: true, sentence: 'With a longer pause the copy ends sooner.' },
  throttle: { possible: false, sentence: 'Auto-converge has to be chosen before the guest starts to move.' },
  postCopy: { possible: false, sentence: 'Post-copy has to be allowed before the guest starts to move.' },
};

export function move(over: Partial<MigrationSnapshot> = {}): MigrationSnapshot {
  return {
    migrationId: 'move-1',
    generation: 1,
    guest: { uuid: 'uuid-web01', name: 'web01' },
    sourceHostId: 'alpha',
    destinationHostId: 'beta',
    options,
    streams: [
      {
        name: 'memory and device state',
        path: 'alpha to tcp://beta',
        encrypted: true,
        authenticated: true,
        by: 'QEMU TLS',
        evidence: "beta's certificate names beta",
      },
    ],
    changes: [{ side: 'destination', text: 'web01 is defined on beta.' }],
    startedAtMs: new Date(2026, 10, 21, 14, 0, 0).getTime(),
    phases: [],
    progress: undefined,
    samples: [],
    cancel: { possible: true, requested: false, sentence: '' },
    tuning,
    takenUp: false,
    actions: [],
    result: undefined,
    receipt: undefined,
    historyProblem: undefined,
    ...over,
  };
}

export function result(over: Partial<MigrationResult> = {}): MigrationResult {
  return {
    outcome: 'migrated',
    guest: 'web01',
    uuid: 'uuid-web01',
    source: 'qemu+ssh://root@alpha/system',
    destination: 'qemu+ssh://root@beta/system',
    mode: 'native-tls',
    control: 'managed',
    runningOn: 'destination',
    totalMs: 19_840,
    downtimeMs: 187,
    ...over,
  };
}
