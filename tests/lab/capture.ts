import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from './errors.ts';
import { captureDir, network } from './layout.ts';
import { waitFor } from './wait-for.ts';

export interface Capture extends AsyncDisposable {
  /** Ends the capture; what went over the bridge until now is in the file then. */
  stop(): Promise<CaptureResult>;
}

export interface CaptureResult {
  /** In pcap format; removed when the capture is disposed of. */
  file: string;
  packets: number;
  /** Packets that were missed: a count of 0 proves nothing unless this is 0. */
  dropped: number;
  /** How often the bytes are in the file; at packet borders some may be missed. */
  count(bytes: Uint8Array): Promise<number>;
}

const KERNEL_BUFFER_KIB = 256 * 1024;
const START_TIMEOUT_MS = 10_000;

/** Records every TCP packet between the hosts from the moment this resolves. */
export async function startCapture(): Promise<Capture> {
  await mkdir(captureDir, { recursive: true });
  const file = join(captureDir, `${randomUUID()}.pcap`);
  const options = [
    '-i',
    network.bridge,
    '-n',
    '-s',
    '0',
    '-B',
    `${KERNEL_BUFFER_KIB}`,
    '-Z',
    'root',
    '-w',
    file,
  ];
  // It has to keep up with what two busy hosts send, on the processors that they use as well.
  const command = ['-n', '-15', 'tcpdump', ...options, 'tcp'];
  const tcpdump = spawn('nice', command, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(tcpdump, 'close');
  let said = '';
  tcpdump.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));

  const stopTcpdump = async (): Promise<void> => {
    if (tcpdump.exitCode === null && tcpdump.signalCode === null) tcpdump.kill('SIGINT');
    await ended;
  };
  try {
    await waitFor(
      'tcpdump listens on the bridge',
      () => Promise.resolve(said.includes('listening on') || undefined),
      {
        timeoutMs: START_TIMEOUT_MS,
        intervalMs: 20,
      },
    );
  } catch (cause) {
    await stopTcpdump();
    throw new LabError('lab-command-failed', `tcpdump did not start: ${said.trim()}`, { cause });
  }
  return {
    async stop() {
      await stopTcpdump();
      return {
        file,
        packets: numberBefore(said, 'packets captured'),
        dropped: numberBefore(said, 'packets dropped by kernel'),
        count: (bytes) => countOccurrences(createReadStream(file, { highWaterMark: 4 * 1024 * 1024 }), bytes),
      };
    },
    async [Symbol.asyncDispose]() {
      await stopTcpdump();
      await rm(file, { force: true });
    },
  };
}

function numberBefore(text: string, words: string): number {
  const match = new RegExp(`(\\d+) ${words}`).exec(text);
  if (match === null)
    throw new LabError('lab-command-failed', `tcpdump did not say how many ${words}: ${text}`);
  return Number(match[1]);
}

/** Counts occurrences that do not overlap, across the borders of chunks. */
export async function countOccurrences(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  needle: Uint8Array,
): Promise<number> {
  if (needle.length === 0) throw new RangeError('nothing to look for');
  let count = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const data = Buffer.concat([rest, chunk]);
    let from = 0;
    for (let at = data.indexOf(needle); at !== -1; at = data.indexOf(needle, from)) {
      count++;
      from = at + needle.length;
    }
    rest = data.subarray(Math.max(from, data.length - needle.length + 1));
  }
  return count;
}
