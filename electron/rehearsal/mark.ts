import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { attribute, parseXml, type XmlElement } from '../common/xml.ts';

/** The namespace of what stands in the metadata of a throw-away guest, and of no other guest. */
export const markNamespace = 'urn:viaduct:rehearsal:1';

/** Who made a throw-away guest. It travels with the guest. */
export interface Mark {
  /** The process, by its number on its workstation. */
  process: number;
  /** Eight hexadecimal digits that stand for the workstation. */
  workstation: string;
  /** Milliseconds since 1970, by the workstation's clock. */
  begunMs: number;
}

/** Whoever rehearses now. */
export interface Rehearser {
  process: number;
  workstation: string;
  /** Whether another process of this workstation still runs. */
  isAlive(process: number): boolean;
}

export const thisProcess: Rehearser = {
  process: process.pid,
  workstation: createHash('sha256').update(hostname()).digest('hex').slice(0, 8),
  isAlive: (pid) => {
    try {
      process.kill(pid, 0);
      return !hasEnded(pid);
    } catch (error) {
      // It is there, and another user's.
      return error instanceof Error && 'code' in error && error.code === 'EPERM';
    }
  },
};

/** A process that was killed keeps its number until its parent takes notice (proc(5), `stat`); elsewhere that is not told. */
function hasEnded(pid: number): boolean {
  try {
    return /^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** The element for a guest's `<metadata>`. */
export function markXml({ process, workstation, begunMs }: Mark): string {
  const attributes = `process='${process}' workstation='${workstation}' begun='${begunMs}'`;
  return `<viaduct:rehearsal xmlns:viaduct='${markNamespace}' ${attributes}/>`;
}

/** What a daemon gives for the namespace, without its prefix. `undefined` for anything that `markXml` did not write. */
export function readMark(metadata: string): Mark | undefined {
  const root = parsed(metadata);
  if (root === undefined) return undefined;
  const word = (name: string, form: RegExp): string | undefined => {
    const value = attribute(root, '', name);
    return value !== undefined && form.test(value) ? value : undefined;
  };
  const process = word('process', /^[1-9]\d{0,9}$/);
  const workstation = word('workstation', /^[0-9a-f]{8}$/);
  const begun = word('begun', /^\d{1,15}$/);
  if (process === undefined || workstation === undefined || begun === undefined) return undefined;
  return { process: Number(process), workstation, begunMs: Number(begun) };
}

/** What somebody else wrote there may be anything. */
function parsed(metadata: string): XmlElement | undefined {
  try {
    return parseXml(metadata, 'rehearsal', { maxChars: 1000 });
  } catch {
    return undefined;
  }
}

/** No rehearsal takes this long, whatever goes wrong in it. */
const longestMs = 3_600_000;

/**
 * Whether a marked guest was forgotten. One that another process may be rehearsing with right now is not; a process
 * rehearses with one host at a time, so what it finds of its own is forgotten as well.
 */
export function isForgotten(mark: Mark, rehearser: Rehearser, nowMs: number): boolean {
  if (Math.abs(nowMs - mark.begunMs) > longestMs) return true;
  if (mark.workstation !== rehearser.workstation) return false;
  return mark.process === rehearser.process || !rehearser.isAlive(mark.process);
}
