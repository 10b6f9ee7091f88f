import type { TypedParameterMap } from '../../libvirt/index.ts';

/** The figures of libvirt's job statistics that Viaduct uses, as numbers. Fields that are absent are 0. */
export interface JobFigures {
  elapsedMs: number;
  /** Expected while running, measured when completed. */
  downtimeMs: number | undefined;
  memoryTotalBytes: number;
  memoryProcessedBytes: number;
  memoryRemainingBytes: number;
  /** Pages a second; 0 in the first pass. */
  memoryDirtyRatePages: number;
  memoryPageSizeBytes: number;
  memoryIteration: number;
  /** Pages that the guest waited for in post-copy. */
  postCopyRequests: number;
  diskTotalBytes: number;
  diskProcessedBytes: number;
  diskRemainingBytes: number;
}

const commonPageSize = 4096;

/** Reads the fields of DOMAIN_GET_JOB_STATS (VIR_DOMAIN_JOB_*); what is not a sane number counts as absent. */
export function readJobFigures(stats: TypedParameterMap): JobFigures {
  const figure = (field: string): number => count(stats, field) ?? 0;
  return {
    elapsedMs: figure('time_elapsed'),
    downtimeMs: count(stats, 'downtime'),
    memoryTotalBytes: figure('memory_total'),
    memoryProcessedBytes: figure('memory_processed'),
    memoryRemainingBytes: figure('memory_remaining'),
    memoryDirtyRatePages: figure('memory_dirty_rate'),
    memoryPageSizeBytes: figure('memory_page_size') || commonPageSize,
    memoryIteration: figure('memory_iteration'),
    postCopyRequests: figure('memory_postcopy_requests'),
    diskTotalBytes: figure('disk_total'),
    diskProcessedBytes: figure('disk_processed'),
    diskRemainingBytes: figure('disk_remaining'),
  };
}

/** The measured pause at switchover in ms; the figure without the difference of the hosts' clocks where there is one. */
export function measuredDowntimeMs(stats: TypedParameterMap): number | undefined {
  return count(stats, 'downtime_net') ?? count(stats, 'downtime');
}

function count(stats: TypedParameterMap, field: string): number | undefined {
  const value = stats.get(field);
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined;
}
