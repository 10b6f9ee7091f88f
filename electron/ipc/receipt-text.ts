import { formatDuration } from '../common/units.ts';
import type { Receipt } from '../engine/receipt/receipt.ts';
import { connectionLines } from './connection-words.ts';

/*
 * A receipt in words. The command line and the screen show and copy the same text.
 */

const outcomes = {
  migrated: 'Moved',
  failed: 'Failed',
  cancelled: 'Cancelled',
  refused: 'Refused',
  stuck: 'Needs a person',
} as const satisfies Record<Receipt['outcome'], string>;

/** The outcome in a word or three. */
export function outcomeWord(outcome: Receipt['outcome']): string {
  return outcomes[outcome];
}

/** The measured pause, or why there is no figure. */
export function pauseText(downtimeMs: number | null): string {
  return downtimeMs === null ? 'not measured' : formatDuration(downtimeMs);
}

type Ends = Pick<Receipt, 'outcome' | 'guest' | 'source' | 'destination' | 'runningOn' | 'offline'>;

/** Where the guest is after its migration, and whether it runs, in one sentence. */
export function runsWhere({ outcome, guest, source, destination, runningOn, offline }: Ends): string {
  const host = runningOn === 'source' ? source : destination;
  // It was not moved, and need not even have been running.
  if (outcome === 'refused')
    return runningOn === 'unknown' ? 'Nothing was touched.' : `Nothing was touched; ${guest} is on ${host}.`;
  if (runningOn !== 'unknown')
    return offline ? `${guest} is on ${host}, shut off.` : `${guest} runs on ${host}.`;
  return `It is not known ${offline ? `which host has ${guest}` : `whether ${guest} runs, or where`}.`;
}

/** How the guest travelled, and who drove. */
export function modeWords({ mode, control, offline }: Pick<Receipt, 'mode' | 'control' | 'offline'>): string {
  return `${offline ? 'offline, the definition alone' : mode}, ${control}`;
}

/** From best to worst. */
export const protections = ['verified', 'unverified', 'clear'] as const;
export type Protection = (typeof protections)[number];

type Protected = Pick<Receipt['streams'][number], 'encrypted' | 'authenticated'>;

export function protectionOf({ encrypted, authenticated }: Protected): Protection {
  if (!encrypted) return 'clear';
  return authenticated ? 'verified' : 'unverified';
}

export const protectionWords: Record<Protection, string> = {
  verified: 'encrypted, both ends verified',
  unverified: 'encrypted, ends not verified',
  clear: 'in the clear',
};

/** Endings of an option's name that are its unit. */
const units: readonly [RegExp, string][] = [
  [/MiBps$/, 'MiB/s'],
  [/Ms$/, 'ms'],
  [/S$/, 's'],
  [/Bytes$/, 'bytes'],
];

/** An option and its value in words, as `bandwidth` and `100 MiB/s`; made from its name, so that any option reads well. */
export function optionWords({ name, value }: Receipt['options'][number]): { label: string; value: string } {
  const unit = typeof value === 'number' ? units.find(([ending]) => ending.test(name)) : undefined;
  const label = (unit === undefined ? name : name.replace(unit[0], ''))
    .replace(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`)
    .toLowerCase();
  if (typeof value === 'boolean') return { label, value: value ? 'yes' : 'no' };
  return { label, value: unit === undefined ? String(value) : `${value} ${unit[1]}` };
}

/** The whole receipt as plain text, with exact times and the evidence for everything that is said. */
export function receiptText(receipt: Receipt): string {
  const { guest, uuid, outcome, error, migrateUri, dconnuri, tlsName } = receipt;
  return [
    `${guest}${uuid === '' ? '' : ` (${uuid})`}: ${outcomeWord(outcome).toLowerCase()}`,
    runsWhere(receipt),
    '',
    ...facts([
      ['Source', hostText(receipt.source, receipt.sourceUri)],
      ['Destination', hostText(receipt.destination, receipt.destinationUri)],
      ['Began', exactTime(receipt.startedAt)],
      ['Ended', exactTime(receipt.endedAt)],
      ['Took', formatDuration(receipt.totalMs)],
      ['Pause', outcome === 'migrated' && !receipt.offline ? pauseText(receipt.downtimeMs) : undefined],
      ['Mode', modeWords(receipt)],
      ['Data address', migrateUri],
      ['Between daemons', dconnuri],
      ['Name looked for', tlsName],
      ['In the clear', receipt.plaintextConsent ? 'consent given for this run' : undefined],
      ['Receipt', receipt.id],
    ]),
    ...section(
      'What went wrong',
      error && [
        ...(error.cause === undefined ? [] : [`${error.cause} (${error.hop ?? error.side})`]),
        `${error.message} (${error.code}, ${error.side}, ${error.phase})`,
        error.remedy,
      ],
    ),
    ...section(
      'Options',
      receipt.options.map((option) => Object.values(optionWords(option)).join(': ')),
    ),
    ...section(
      'Streams',
      receipt.streams.map((stream) =>
        [
          `${stream.name}: ${protectionWords[protectionOf(stream)]}`,
          stream.path,
          stream.by,
          ...connectionLines(stream),
          stream.evidence,
        ].join('\n  '),
      ),
    ),
    ...section(
      'Certificates and keys, SHA-256',
      receipt.identities.map(({ side, what, subject, fingerprint, evidence }) =>
        [
          `${what} of ${nameOf(receipt, side)}${subject === undefined ? '' : `, ${subject}`}`,
          ...(fingerprint === undefined ? [] : [fingerprint]),
          evidence,
        ].join('\n  '),
      ),
    ),
    ...section(
      'What the checks found',
      receipt.findings.map(
        ({ level, summary, remedy }) => `${level}: ${summary}${remedy ? ` ${remedy}` : ''}`,
      ),
    ),
    ...section(
      outcome === 'stuck' ? 'Planned changes; which were made is not known' : 'What changed',
      receipt.changes.map(({ side, text }) => `${nameOf(receipt, side)}: ${text}`),
    ),
    ...section('Made on the destination', receipt.storage?.kept),
    ...section('Made on the destination and removed again', receipt.storage?.removed),
    ...section(
      'To clean up',
      receipt.cleanUp.map(({ text }) => text),
    ),
    '',
  ].join('\n');
}

function nameOf(receipt: Pick<Receipt, 'source' | 'destination'>, side: 'source' | 'destination'): string {
  return receipt[side];
}

function hostText(name: string, uri: string): string {
  return name === uri ? uri : `${name}, ${uri}`;
}

function facts(list: readonly (readonly [string, string | undefined])[]): string[] {
  return list.flatMap(([label, value]) => (value === undefined ? [] : [`${label.padEnd(17)}${value}`]));
}

function section(title: string, items: readonly string[] = []): string[] {
  return items.length === 0
    ? []
    : ['', title, ...items.filter((item) => item !== '').map((item) => `- ${item}`)];
}

/** Local time with its offset, so that it reads the same elsewhere: `2026-11-21 14:03:09 +01:00`. */
export function exactTime(iso: string): string {
  const date = new Date(iso);
  const two = (value: number): string => String(Math.floor(Math.abs(value))).padStart(2, '0');
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${two(offset / 60)}:${two(Math.abs(offset) % 60)}`;
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())} ${zone}`;
}
