import type { TreeFolder } from '../trees.ts';
import type { FileFacts } from './file-facts.ts';
import { modeText } from './words.ts';

/** A folder of the trees as it stands. */
export interface PresentFolder {
  folder: TreeFolder;
  /** `undefined`: it is not there. */
  found: FileFacts | undefined;
  /** The mode that its group gets so that QEMU can read below it; `undefined`: it stays as it is. */
  openedTo: number | undefined;
}

/** As the helper script decides it: folders that are there stay, but one of QEMU's group must let it in. */
export function presentFolder(folder: TreeFolder, found: FileFacts | undefined): PresentFolder {
  const isOpen =
    found === undefined ||
    folder.gid === 0 ||
    (found.mode & 0o005) === 0o005 ||
    (found.gid === folder.gid && (found.mode & 0o050) === 0o050);
  return { folder, found, openedTo: isOpen ? undefined : (found.mode & 0o7777) | 0o050 };
}

/** A folder that others may write to lets them replace what is in it; that is the admin's to mend. */
export function folderNote({ folder, found }: PresentFolder): string[] {
  if (found === undefined || (found.mode & 0o022) === 0) return [];
  return [`${folder.path} has the mode ${modeText(found.mode)}: others than root can put files there.`];
}
