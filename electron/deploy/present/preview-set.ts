import { keyLabels, type KeyKind } from '../../pki/key-kinds.ts';
import type { CertificateNames } from '../../pki/names.ts';
import { unifiedDiff } from '../../setup/config/unified-diff.ts';
import type { PkiHost } from '../pki-host.ts';
import type { Trust } from '../replace-certificates.ts';
import { trustIn, type AuthorityInUse } from '../trust.ts';
import type { PresentFolder } from './folders.ts';
import type { PresentFile, PresentSet } from './present-set.ts';
import { authoritiesSummary, plannedSummary, revocationsSummary } from './summaries.ts';
import { modeText } from './words.ts';

/** A file or folder as it will be. Never holds a byte of a key. */
export interface FilePreview {
  path: string;
  /** In words. */
  what: string;
  owner: string;
  group: string;
  /** Octal, as `0640`. */
  mode: string;
  action: 'new' | 'replaced' | 'kept';
  /** A unified diff of what is in it, in lines for a person; empty where that stays the same. */
  diff: string;
}

export interface PreviewOptions {
  key?: KeyKind | undefined;
  now?: Date | undefined;
}

/**
 * What `deploy` would write on a host, before it does. Where the set is complete, everything is kept.
 *
 * @throws {PkiError} `authority-expired`, and of a damaged authority.
 */
export async function previewSet(
  host: PkiHost,
  inUse: AuthorityInUse,
  names: CertificateNames,
  present: PresentSet,
  { key = 'rsa3072', now = new Date() }: PreviewOptions = {},
): Promise<FilePreview[]> {
  const trust = await trustIn(inUse, now);
  const planned = (one: PresentFile): Planned => plannedContent(host, inUse, names, one, trust, key, now);
  const isKept = present.state === 'complete';
  return [
    ...present.folders.flatMap((folder) => (isKept ? [] : folderPreview(host, folder))),
    ...present.files.flatMap((one) => filePreview(host, one, isKept ? 'kept' : planned(one))),
  ];
}

/** What a file is to hold, in lines; `kept`: it is not touched. */
type Planned = { lines: string; alwaysNew: boolean } | 'kept';

function plannedContent(
  { name, keyTool }: PkiHost,
  { authority }: AuthorityInUse,
  names: CertificateNames,
  { file }: PresentFile,
  { authorities, revocations }: Trust,
  key: KeyKind,
  now: Date,
): Planned {
  switch (file.part) {
    case 'authority':
      return { lines: authoritiesSummary(authorities), alwaysNew: false };
    case 'revocations':
      return revocations === undefined
        ? 'kept'
        : { lines: revocationsSummary(revocations), alwaysNew: false };
    case 'certificate':
      return { lines: plannedSummary(authority, names, file.purpose ?? 'server', key, now), alwaysNew: true };
    case 'key': {
      const kind = keyLabels[key];
      const lines =
        keyTool === undefined
          ? `new ${kind} key, made in memory here and placed over SSH, as ${name} has neither openssl nor certtool; no copy is kept\n`
          : `new ${kind} key, made on ${name} with ${keyTool}; it does not leave the host\n`;
      return { lines, alwaysNew: true };
    }
  }
}

function filePreview({ account }: PkiHost, one: PresentFile, planned: Planned): FilePreview[] {
  const { file, what, found, fault, summary } = one;
  const isThere = found !== undefined;
  if (planned === 'kept' && !isThere) return [];
  const about = {
    path: file.path,
    what,
    owner: 'root',
    group: file.gid === account.gid ? account.group : 'root',
    mode: modeText(file.mode),
  };
  if (planned === 'kept') return [{ ...about, action: 'kept', diff: '' }];
  const { lines, alwaysNew } = planned;
  const before = file.part === 'key' && isThere ? 'the key that is there\n' : summary;
  const changes = alwaysNew || fault !== undefined || lines !== summary;
  const action = isThere ? (changes ? 'replaced' : 'kept') : 'new';
  return [{ ...about, action, diff: unifiedDiff(file.path, before, lines) }];
}

function folderPreview({ account }: PkiHost, { folder, found, openedTo }: PresentFolder): FilePreview[] {
  if (found !== undefined && openedTo === undefined) return [];
  const group = folder.gid === account.gid ? account.group : 'root';
  const mode = modeText(openedTo ?? folder.mode);
  const about = { path: folder.path, what: 'folder', owner: 'root', group, mode };
  if (found === undefined) return [{ ...about, action: 'new', diff: '' }];
  const before = `group ${found.gid}, mode ${modeText(found.mode)}\n`;
  const after = `group ${folder.gid}, mode ${mode}\n`;
  const owner = found.uid === 0 ? 'root' : String(found.uid);
  return [{ ...about, owner, action: 'replaced', diff: unifiedDiff(folder.path, before, after) }];
}
