import { insertLine, lineEnding, linesOf } from './lines.ts';

/*
 * The credentials file of libvirt's client (docs/auth.rst): `[auth-libvirt-HOST]` names a section `[credentials-NAME]`.
 * libvirt's parser takes a key as all that stands before the sign, blanks too, and refuses a section that comes twice.
 */

export interface HostCredentials {
  user: string;
  password: string;
  /** As they stand in the address that libvirt connects to. */
  hosts: readonly string[];
}

const header = /^\[([^\]]+)\]/;

/** Why libvirt could not read the file; `undefined` where it can. No line of it is quoted: it may hold a password. */
export function authConfFault(text: string): string | undefined {
  const seen = new Set<string>();
  for (const [index, { line }] of linesOf(text).entries()) {
    if (/^\s*([#;]|$)/.test(line)) continue;
    const section = header.exec(line)?.[1];
    if (section === undefined) {
      if (seen.size === 0 || !/^\s*[A-Za-z]/.test(line) || !line.includes('='))
        return `line ${index + 1} cannot be read`;
    } else if (seen.has(section)) {
      return `its section in line ${index + 1} comes a second time`;
    } else {
      seen.add(section);
    }
  }
  return undefined;
}

/**
 * The file with these credentials for these hosts, every other byte kept; made already, the same text.
 *
 * @param mark a random word. It is in the file as a comment, so that a digest of the file, which others may see, cannot be
 * used to try passwords.
 */
export function setCredentials(text: string, credentials: HostCredentials, mark: string): string {
  const { user, password, hosts } = credentials;
  const name = `viaduct-${user}`;
  const section = `credentials-${name}`;
  let edited = setKey(text, section, 'authname', user);
  edited = setKey(edited, section, 'password', password);
  for (const host of hosts) edited = setKey(edited, `auth-libvirt-${host}`, 'credentials', name);
  return edited === text ? text : setMark(edited, section, mark);
}

/**
 * A text of such a file that can be shown: heads and the names of users stand as they are, of all else only that there is
 * a line, and whether it is one of `before`.
 */
export function shownAuthConf(text: string, before: string): string {
  const known = new Set(linesOf(before).map(({ line }) => line));
  return linesOf(text)
    .map(({ start, next, line }) => {
      const ending = text.slice(start + line.length, next);
      if (/^\s*$|^\[[^\]]*\]$|^(authname|username|realm|credentials)=/.test(line)) return line + ending;
      const [key = ''] = /^\s*password\s*=/.exec(line) ?? [];
      return `${key}(${known.has(line) ? '' : 'new, '}not shown)${ending}`;
    })
    .join('');
}

type Line = ReturnType<typeof linesOf>[number];

/** The lines of a section below its head; `undefined` where there is no such section. */
function sectionOf(text: string, section: string): { head: Line; lines: Line[] } | undefined {
  const lines = linesOf(text);
  const at = lines.findIndex(({ line }) => header.exec(line)?.[1] === section);
  const head = lines[at];
  if (head === undefined) return undefined;
  const rest = lines.slice(at + 1);
  const end = rest.findIndex(({ line }) => header.test(line));
  return { head, lines: end < 0 ? rest : rest.slice(0, end) };
}

function setKey(text: string, section: string, key: string, value: string): string {
  const found = sectionOf(text, section);
  const wanted = `${key}=${value}`;
  if (found === undefined) {
    const gap = text === '' || /(\r?\n){2}$/.test(text) ? '' : lineEnding(text);
    const begun = text === '' || text.endsWith('\n') ? text : `${text}${lineEnding(text)}`;
    return insertLine(
      `${begun}${gap}`,
      begun.length + gap.length,
      `[${section}]${lineEnding(text)}${wanted}`,
    );
  }
  const existing = found.lines.find(({ line }) => new RegExp(`^\\s*${key}\\s*=`).test(line));
  if (existing === undefined) return insertLine(text, found.head.next, wanted);
  if (existing.line === wanted) return text;
  return `${text.slice(0, existing.start)}${wanted}${text.slice(existing.start + existing.line.length)}`;
}

const markLine = '# Set by Viaduct, ';

function setMark(text: string, section: string, mark: string): string {
  const found = sectionOf(text, section);
  if (found === undefined) return text;
  const existing = found.lines.find(({ line }) => line.startsWith(markLine));
  const marked = `${markLine}${mark}`;
  if (existing === undefined) return insertLine(text, found.head.next, marked);
  return `${text.slice(0, existing.start)}${marked}${text.slice(existing.start + existing.line.length)}`;
}
