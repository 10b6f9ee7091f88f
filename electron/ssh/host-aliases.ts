import { glob, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { checkTarget } from './target.ts';

/** OpenSSH itself stops at 16 (READCONF_MAX_DEPTH in its readconf.c). */
const MAX_DEPTH = 16;
const MAX_FILES = 100;
const MAX_FILE_BYTES = 1024 * 1024;
const MAX_ALIASES = 2000;

/**
 * The hosts that the user's ssh configuration names, in its order: what "Take hosts from my ssh config" offers.
 *
 * Only plain names: patterns and negations describe hosts, they do not name one. `Include` is followed. Files that
 * are missing, unreadable or too large count as empty. What a name stands for is resolveHost's to say.
 */
export async function listHostAliases(
  configFile: string = join(homedir(), '.ssh', 'config'),
): Promise<string[]> {
  const aliases = new Set<string>();
  const seenFiles = new Set<string>();
  await collect(configFile, 0);
  return [...aliases].slice(0, MAX_ALIASES);

  async function collect(file: string, depth: number): Promise<void> {
    if (depth > MAX_DEPTH || seenFiles.size >= MAX_FILES || seenFiles.has(file)) return;
    seenFiles.add(file);
    for (const { keyword, values } of readDirectives(await readSmallFile(file))) {
      if (keyword === 'host') values.filter(isPlainName).forEach((name) => aliases.add(name));
      if (keyword !== 'include') continue;
      for (const pattern of values) {
        for (const included of await expand(pattern, dirname(configFile))) await collect(included, depth + 1);
      }
    }
  }
}

interface Directive {
  /** Lower case. */
  keyword: string;
  values: string[];
}

/** The lexical rules of ssh_config(5): `keyword value …` or `keyword=value`, quotes for spaces, `#` comments. */
function readDirectives(text: string): Directive[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*([A-Za-z]+)(?:\s*=\s*|\s+)(.*)$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) return [];
    const words = match[2].match(/"[^"]*"|[^\s"]+/g) ?? [];
    const comment = words.findIndex((word) => word.startsWith('#'));
    const values = (comment < 0 ? words : words.slice(0, comment)).map((word) => word.replaceAll('"', ''));
    return [{ keyword: match[1].toLowerCase(), values }];
  });
}

function isPlainName(name: string): boolean {
  if (/[*?!%]/.test(name)) return false;
  try {
    checkTarget({ host: name });
    return true;
  } catch {
    return false;
  }
}

/** Relative paths in a user's configuration are relative to its folder, `~/.ssh`. */
async function expand(pattern: string, folder: string): Promise<string[]> {
  const home = pattern.startsWith('~/') ? join(homedir(), pattern.slice(2)) : pattern;
  const path = isAbsolute(home) ? home : join(folder, home);
  const files: string[] = [];
  for await (const file of glob(path)) {
    files.push(file);
    if (files.length >= MAX_FILES) break;
  }
  return files.sort();
}

async function readSmallFile(file: string): Promise<string> {
  try {
    const info = await stat(file);
    return info.isFile() && info.size <= MAX_FILE_BYTES ? await readFile(file, 'utf8') : '';
  } catch {
    return '';
  }
}
