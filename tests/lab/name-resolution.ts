import { open, readFile } from 'node:fs/promises';
import { allHosts } from './layout.ts';

const begin = '# viaduct lab: begin';
const end = '# viaduct lab: end';
const hostsFile = '/etc/hosts';

/** The lines by which every machine of the lab finds the hosts. */
export function hostsLines(): string {
  return allHosts
    .flatMap(({ address, address6, fqdn, name }) => [
      `${address} ${fqdn} ${name}\n`,
      `${address6} ${fqdn} ${name}\n`,
    ])
    .join('');
}

/** @returns the text without the lab's marked lines, to the byte what it was before they were added */
export function withoutLabLines(text: string): string {
  const from = text.indexOf(`${begin}\n`);
  if (from === -1) return text;
  const to = text.indexOf(`${end}\n`, from);
  return to === -1 ? text : text.slice(0, from) + text.slice(to + end.length + 1);
}

/** @returns the text with the marked lines put first, where they cannot run into an unfinished last line */
export function withLabLines(text: string): string {
  return `${begin}\n${hostsLines()}${end}\n${withoutLabLines(text)}`;
}

export async function addOuterNames(): Promise<void> {
  await rewrite(withLabLines);
}

export async function removeOuterNames(): Promise<void> {
  await rewrite(withoutLabLines);
}

async function rewrite(change: (text: string) => string): Promise<void> {
  const before = await readFile(hostsFile, 'utf8');
  const after = change(before);
  if (after === before) return;
  // Written in place and at once: where a second lab has a file of its own mounted there, a new file in this one's stead
  // would take that mount away under it.
  const bytes = Buffer.from(after);
  const file = await open(hostsFile, 'r+');
  try {
    await file.write(bytes, 0, bytes.length, 0);
    await file.truncate(bytes.length);
  } finally {
    await file.close();
  }
}
