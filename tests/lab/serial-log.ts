import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { guestLogDir, type HostLayout } from './layout.ts';

/** One line of a guest's serial console; see guest/init.c. */
export interface GuestLine {
  counter: number;
  /** SHA-256, hexadecimal, of the canary block as it stood in the guest's memory when the line was printed. */
  canary: string;
  /** Drawn once when the guest started: the same number means the same run of the guest. */
  boot: string;
}

const TAIL_BYTES = 8192;
const pattern = /^counter=(\d+) canary=([0-9a-f]{64}) boot=([0-9a-f]{16})\r?$/;

/** @returns the whole lines of a serial log, other output left out */
export function parseSerialLog(text: string): GuestLine[] {
  const lines: GuestLine[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    const [, counter, canary, boot] = pattern.exec(line) ?? [];
    if (counter !== undefined && canary !== undefined && boot !== undefined) {
      lines.push({ counter: Number(counter), canary, boot });
    }
  }
  return lines;
}

/** @returns the newest line that a guest printed while it was on this host; `undefined` before the first */
export async function lastLine(host: HostLayout, guest: string): Promise<GuestLine | undefined> {
  return parseSerialLog(await tail(host, guest)).at(-1);
}

/** @returns every line that a guest printed while it was on this host */
export async function allLines(host: HostLayout, guest: string): Promise<GuestLine[]> {
  try {
    return parseSerialLog(await readFile(logOf(host, guest), 'latin1'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function logOf(host: HostLayout, guest: string): string {
  return join(host.root, guestLogDir, `${guest}-serial.log`);
}

async function tail(host: HostLayout, guest: string): Promise<string> {
  const file = await open(logOf(host, guest), 'r').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return '';
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read({
      buffer: Buffer.alloc(TAIL_BYTES),
      position: Math.max(0, size - TAIL_BYTES),
    });
    return buffer.subarray(0, bytesRead).toString('latin1');
  } finally {
    await file.close();
  }
}
