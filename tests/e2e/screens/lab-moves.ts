import type {
  MigrationResult,
  MigrationSnapshot,
  PlanOptions,
  ProgressSample,
} from '../../../electron/ipc/views.ts';
import { receiptFor } from './lab-receipts.ts';
import { base, changes } from './lab-reviews.ts';
import { encrypted, tunnelled } from './lab-streams.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

const options: PlanOptions = {
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

function samples(until: number, dirtyRateMiBps: number): ProgressSample[] {
  return Array.from({ length: until }, (_, index) => {
    const seconds = index * 0.5;
    const iteration = seconds < 9 ? 1 : Math.min(6, 2 + Math.floor((seconds - 9) / 3));
    return {
      elapsedMs: seconds * 1000,
      percent: Math.min(97, seconds * 5.4),
      bandwidthBps: (108 + 6 * Math.sin(index / 3) - (index < 2 ? 60 : 0)) * MiB,
      dirtyRateBps: (dirtyRateMiBps + dirtyRateMiBps * 0.12 * Math.cos(index / 2)) * MiB,
      remainingBytes: Math.max(40, 1024 - seconds * 55) * MiB,
      iteration,
    };
  });
}

export const running: MigrationSnapshot = {
  ...base,
  migrationId: 'move-1',
  options,
  streams: encrypted,
  changes,
  startedAtMs: Date.now() - 12_400,
  phases: [
    { phase: 'begin', startedMs: 0, endedMs: 140 },
    { phase: 'prepare', startedMs: 140, endedMs: 910 },
    { phase: 'perform', startedMs: 910, endedMs: undefined },
  ],
  progress: {
    percent: 62.4,
    memory: {
      totalBytes: GiB,
      processedBytes: 640 * MiB,
      remainingBytes: 384 * MiB,
      bandwidthBps: 104 * MiB,
      dirtyRateBps: 31 * MiB,
      iteration: 2,
    },
    disk: { totalBytes: 0, processedBytes: 0, remainingBytes: 0, bandwidthBps: 0 },
    elapsedMs: 11_500,
    expectedDowntimeMs: 210,
  },
  samples: samples(23, 31),
  cancel: {
    possible: true,
    requested: false,
    sentence: 'Cancelling now stops the copy; web01 goes on running on alpha.lab.',
  },
  tuning: {
    bandwidth: { possible: true, sentence: 'Takes effect at once.' },
    maxDowntime: { possible: true, sentence: 'With a longer pause the copy ends sooner.' },
    throttle: {
      possible: false,
      sentence: 'Auto-converge has to be chosen before the guest starts to move.',
    },
    postCopy: {
      possible: false,
      sentence: 'Post-copy has to be allowed before the guest starts to move.',
    },
  },
  takenUp: false,
  actions: [],
  result: undefined,
  receipt: undefined,
  historyProblem: undefined,
};

/** Moved by the source's daemon, which tells of no phases. */
export const runningByDaemon: MigrationSnapshot = {
  ...running,
  options: { ...options, mode: 'tunnelled', control: 'p2p' },
  streams: tunnelled,
  phases: [{ phase: 'perform', startedMs: 210, endedMs: undefined }],
};

export const notConverging: MigrationSnapshot = {
  ...running,
  options: { ...options, control: 'p2p', bandwidthMiBps: 110, postCopy: true },
  phases: [{ phase: 'perform', startedMs: 0, endedMs: undefined }],
  tuning: {
    ...running.tuning,
    postCopy: {
      possible: true,
      sentence:
        'The guest goes on at the destination at once, and its memory follows. Until that is complete nothing can be cancelled, the guest stops if the network between the hosts breaks, and it is lost if the source itself dies.',
    },
  },
  actions: [
    {
      ...{ action: 'bandwidth', by: 'admin', state: 'done' },
      sentence: 'The transfer is limited to 110 MiB/s.',
      elapsedMs: 31_000,
    },
  ],
  startedAtMs: Date.now() - 94_000,
  progress: {
    percent: 91,
    memory: {
      totalBytes: GiB,
      processedBytes: 9.2 * GiB,
      remainingBytes: 402 * MiB,
      bandwidthBps: 108 * MiB,
      dirtyRateBps: 131 * MiB,
      iteration: 9,
    },
    disk: { totalBytes: 0, processedBytes: 0, remainingBytes: 0, bandwidthBps: 0 },
    elapsedMs: 93_000,
    expectedDowntimeMs: 3400,
  },
  samples: samples(186, 131),
};

/** Somebody has closed the ports between the hosts in the middle of the copy. */
export const stalled: MigrationSnapshot = {
  ...notConverging,
  progress: notConverging.progress && {
    ...notConverging.progress,
    memory: { ...notConverging.progress.memory, bandwidthBps: 0 },
    stalled: { what: 'data', forMs: 18_000 },
  },
};

/** Switched to post-copy by the admin: the guest runs on the destination, and part of its memory follows. */
export const fetching: MigrationSnapshot = {
  ...notConverging,
  progress: notConverging.progress && { ...notConverging.progress, postCopyRequests: 212 },
  cancel: {
    ...{ possible: false, requested: false },
    sentence:
      'Too late to cancel: the guest goes on at the destination and needs both hosts until all of its memory is there.',
  },
  tuning: {
    ...running.tuning,
    maxDowntime: {
      possible: false,
      sentence: 'The guest has had its pause: it was switched to post-copy.',
    },
    postCopy: { possible: false, sentence: 'It was switched to post-copy.' },
  },
  actions: [
    ...notConverging.actions,
    {
      ...{ action: 'post-copy', by: 'admin', state: 'done' },
      sentence: 'Switched to post-copy: the guest goes on at the destination.',
      elapsedMs: 84_000,
    },
  ],
};

const result: MigrationResult = {
  outcome: 'migrated',
  guest: 'web01',
  uuid: 'uuid-web01',
  source: 'alpha.lab',
  destination: 'beta.lab',
  mode: 'native-tls',
  control: 'managed',
  runningOn: 'destination',
  totalMs: 19_840,
  downtimeMs: 187,
};

const receiptOf = (ended: MigrationResult) => receiptFor(ended, { streams: encrypted, changes });

function endedPhases(last: number): MigrationSnapshot['phases'] {
  const phases = [
    { phase: 'begin' as const, startedMs: 0, endedMs: 140 },
    { phase: 'prepare' as const, startedMs: 140, endedMs: 910 },
    { phase: 'perform' as const, startedMs: 910, endedMs: 19_300 },
    { phase: 'finish' as const, startedMs: 19_300, endedMs: 19_640 },
    { phase: 'confirm' as const, startedMs: 19_640, endedMs: 19_840 },
  ];
  return phases.slice(0, last);
}

export const migrated: MigrationSnapshot = {
  ...running,
  generation: 9,
  startedAtMs: Date.now() - 140_000,
  phases: endedPhases(5),
  samples: samples(38, 31),
  result,
  receipt: receiptOf(result),
};

export const unkept: MigrationSnapshot = {
  ...migrated,
  historyProblem:
    'This migration is not in the history. The history /home/admin/.local/share/viaduct/history.ndjson cannot be written: no space left on device',
};

const failedResult: MigrationResult = {
  ...result,
  outcome: 'failed',
  runningOn: 'source',
  totalMs: 8_240,
  downtimeMs: null,
  error: {
    code: 'data-link-broke',
    side: 'source',
    phase: 'perform',
    message: 'The data connection from alpha.lab to beta.lab broke after 372 MiB.',
    remedy: 'Check the network between both hosts, then review and move again.',
  },
};

export const failed: MigrationSnapshot = {
  ...migrated,
  migrationId: 'move-2',
  phases: [...endedPhases(2), { phase: 'perform', startedMs: 910, endedMs: 8_200 }],
  samples: samples(15, 31),
  result: failedResult,
  receipt: receiptOf(failedResult),
};

const cancelledResult: MigrationResult = {
  ...result,
  outcome: 'cancelled',
  runningOn: 'source',
  totalMs: 8_240,
  downtimeMs: null,
};

export const cancelled: MigrationSnapshot = {
  ...failed,
  migrationId: 'move-3',
  startedAtMs: Date.now() - 900_000,
  result: cancelledResult,
  receipt: receiptOf(cancelledResult),
};

const stuckResult: MigrationResult = {
  ...result,
  outcome: 'stuck',
  runningOn: 'unknown',
  totalMs: 51_000,
  downtimeMs: null,
  error: {
    code: 'finish-unknown',
    side: 'destination',
    phase: 'finish',
    message: 'beta.lab has not answered since the switchover began; whether it runs web01 is not known.',
    remedy: 'Look at both hosts with virsh list. Do not resume web01 on alpha.lab while beta.lab may run it.',
  },
};

export const stuck: MigrationSnapshot = {
  ...migrated,
  migrationId: 'move-4',
  startedAtMs: Date.now() - 5_400_000,
  phases: [...endedPhases(3), { phase: 'finish', startedMs: 19_300, endedMs: undefined }],
  result: stuckResult,
  receipt: receiptOf(stuckResult),
};
