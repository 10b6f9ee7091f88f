import { BadInputError } from '../../common/errors.ts';
import { confAssignments, type ConfAssignment, type ConfValue } from '../../common/libvirt-conf.ts';
import { insertLine, linesOf } from './lines.ts';

export type ConfSettings = Readonly<Record<string, ConfValue>>;

/**
 * Gives keys of a libvirt configuration file their values and keeps every other byte: the assignment that counts is
 * changed in place, a new one goes below the commented example of its key, else to the end.
 *
 * @throws {ConfError} libvirt would refuse the file as it is. @throws {BadInputError} `conf-value` a value that the
 * format cannot hold.
 */
export function editConf(text: string, settings: ConfSettings): string {
  return Object.entries(settings).reduce((current, [key, value]) => setValue(current, key, value), text);
}

function setValue(text: string, key: string, value: ConfValue): string {
  const assignments = confAssignments(text);
  const existing = assignments.find((assignment) => assignment.key === key);
  const spelled = formatValue(value);
  if (existing === undefined)
    return insertLine(text, placeFor(text, key, assignments), `${key} = ${spelled}`);
  if (sameValue(existing.value, value)) return text;
  return text.slice(0, existing.valueStart) + spelled + text.slice(existing.valueEnd);
}

export function sameValue(one: ConfValue | undefined, other: ConfValue): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Below the last `#key = ...`, with the rest of a commented list, and never inside of a value. */
function placeFor(text: string, key: string, assignments: readonly ConfAssignment[]): number {
  const lines = linesOf(text);
  const example = new RegExp(`^[ \\t]*#[ \\t]*${key}[ \\t]*=`);
  const at = lines.findLastIndex(
    ({ start, line }) => example.test(line) && !assignments.some((one) => isInside(start, one)),
  );
  const found = lines[at];
  if (found === undefined) return text.length;
  const opensList = found.line.includes('[') && !found.line.includes(']');
  if (!opensList) return found.next;
  const rest = lines.slice(at + 1);
  const close = rest.findIndex(({ line }) => !/^[ \t]*#/.test(line) || line.includes(']'));
  const end = rest[close];
  return end !== undefined && /^[ \t]*#/.test(end.line) ? end.next : found.next;
}

function isInside(position: number, { valueStart, valueEnd }: ConfAssignment): boolean {
  return position > valueStart && position < valueEnd;
}

function formatValue(value: ConfValue): string {
  if (typeof value === 'object') {
    return value.length === 0 ? '[]' : `[ ${value.map(formatScalar).join(', ')} ]`;
  }
  return formatScalar(value);
}

function formatScalar(value: string | number): string {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return String(value);
  } else if (!/[\r\n\0]/.test(value)) {
    if (!value.includes('"')) return `"${value}"`;
    if (!value.includes("'")) return `'${value}'`;
  }
  throw new BadInputError('conf-value', `A libvirt configuration file cannot hold the value ${value}.`);
}
