import { digestOf, type HostFile } from '../../common/host/host-files.ts';
import { editText, type TextEdit } from '../config/file-edit.ts';
import { unifiedDiff } from '../config/unified-diff.ts';
import type { PlannedChange } from './setup-plan.ts';

interface Words {
  title: string;
  why: string;
  needs: string;
}

/** Where a file has to be made: as root's, and readable for all only if it never holds a secret. */
export const newFileModes = { private: 0o600, public: 0o644 } as const;

/**
 * The change that an edit makes of a file; `undefined` where it makes none.
 *
 * @throws {BadInputError} the file cannot be understood, or is not UTF-8.
 */
export function fileChange(
  path: string,
  file: HostFile | undefined,
  edit: TextEdit,
  words: Words,
  newMode: number,
): PlannedChange | undefined {
  const before =
    file === undefined ? '' : new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file.content);
  const after = editText(before, edit);
  if (after === before) return undefined;
  const { mode, uid, gid } = file ?? { mode: newMode, uid: 0, gid: 0 };
  return {
    ...words,
    step: {
      kind: 'file',
      path: file?.path ?? path,
      mode,
      uid,
      gid,
      before: digestOf(file?.content),
      after: digestOf(Buffer.from(after)),
      edit,
    },
    diff: unifiedDiff(path, before, after),
    commands: [],
  };
}
