import { formatBytes, formatDuration, formatRate } from '../../common/units.ts';
import type { MigrationProgress } from '../../engine/outcome.ts';
import type { Stall } from '../../engine/progress/stall.ts';

const width = 28;

/** The line below which a person watches a guest move. */
export function progressLine({ percent, memory, disk, elapsedMs, stalled }: MigrationProgress): string {
  const filled = Math.round((percent / 100) * width);
  const bar = '#'.repeat(filled) + '.'.repeat(width - filled);
  const left = memory.remainingBytes + disk.remainingBytes;
  const rate = memory.bandwidthBps + disk.bandwidthBps;
  if (stalled !== undefined) return `[${bar}] ${percent.toFixed(0).padStart(3)} %  ${stallWords(stalled)}`;
  return (
    `[${bar}] ${percent.toFixed(0).padStart(3)} %  ${formatRate(rate)}, ${formatBytes(left)} left, ` +
    `dirties ${formatRate(memory.dirtyRateBps)}, pass ${memory.iteration}, ${formatDuration(elapsedMs)}`
  );
}

function stallWords({ what, forMs }: Stall): string {
  const since = `for ${formatDuration(forMs)}`;
  return what === 'data'
    ? `STALLED: nothing has gone from the source to the destination ${since}`
    : `STALLED: the source has not answered ${since}`;
}

/** Draws progress on a terminal as one line that renews itself; elsewhere as a line for each tenth, and where it stalls. */
export class ProgressBar {
  readonly #terminal: NodeJS.WriteStream;
  #lastTenth = -1;
  #stalled = false;
  #drawn = false;

  constructor(terminal: NodeJS.WriteStream) {
    this.#terminal = terminal;
  }

  draw(progress: MigrationProgress): void {
    if (this.#terminal.isTTY) {
      const room = Math.max(20, (this.#terminal.columns || 80) - 1);
      this.#terminal.write(`\r\u001b[K${progressLine(progress).slice(0, room)}`);
      this.#drawn = true;
      return;
    }
    const tenth = Math.floor(progress.percent / 10);
    const stalled = progress.stalled !== undefined;
    if (tenth === this.#lastTenth && stalled === this.#stalled) return;
    this.#lastTenth = tenth;
    this.#stalled = stalled;
    this.#terminal.write(`${progressLine(progress)}\n`);
  }

  /** Leaves the last line standing, so that what follows starts on its own. */
  end(): void {
    if (this.#drawn) this.#terminal.write('\n');
    this.#drawn = false;
  }
}
