import {
  digestHostFiles,
  type Digest,
  digestOf,
  expectDone,
  putHostFile,
  readHostFile,
} from '../common/host/host-files.ts';
import type { RootShell } from '../common/host/root-shell.ts';
import {
  certificateScript,
  recordPath,
  stagedPath,
  undoBeside,
  type CertificateOperation,
  type CommitKind,
} from './certificate-script.ts';
import { parseReplacedSet, type ReplacedFile, type ReplacedSet } from './replaced-set.ts';
import type { KeyKind } from '../pki/key-kinds.ts';
import type { TreeFile, TreeFolder } from './trees.ts';

/** A file that waits beside the one that it is to replace. */
export interface StagedFile {
  file: TreeFile;
  digest: Digest;
}

/** Programs that make a key and a request for it on a host. */
export type KeyTool = 'openssl' | 'certtool';

/** Long enough for four keys on a machine with little entropy and a busy disk. */
const limits = { deadlineMs: 180_000, maxOutputBytes: 256 * 1024 };
const maxFileBytes = 256 * 1024;

/** Changes and reads the certificates of one host. What has begun is never given up: its outcome would not be known. */
export class CertificateHand {
  readonly #root: RootShell;
  readonly #record: string;

  /** @param record is beside what it keeps for undo: a set of its own, apart from the host's, has one of its own. */
  constructor(root: RootShell, record = recordPath) {
    this.#root = root;
    this.#record = record;
  }

  /** Finishes what was cut off before, and takes away what was not put in place. @throws {HostChangeError} */
  async discard(files: readonly TreeFile[]): Promise<void> {
    await this.#run('discard', pathsOf(files), 'What an earlier run left could not be taken away');
  }

  /** @throws {HostChangeError} */
  async makeFolders(folders: readonly TreeFolder[]): Promise<void> {
    const words = folders.flatMap(({ path, mode, gid }) => [path, mode.toString(8), String(gid)]);
    await this.#run('folders', words, 'The folders could not be made');
  }

  /** Makes a key where it is to be, which never leaves the host. @returns a request, signed with it, as well. */
  async makeKey(
    tool: KeyTool,
    file: TreeFile,
    kind: KeyKind = 'rsa3072',
  ): Promise<StagedFile & { request: string }> {
    const { path, mode, gid } = file;
    const words = [tool, path, mode.toString(8), String(gid), kind];
    const request = await this.#run('key', words, `The key for ${path} could not be made`);
    return { file, request, digest: request.trim().split('\n').at(-1) ?? '' };
  }

  /** Puts a file beside the one that it is to replace. @throws {HostChangeError} */
  async stage(file: TreeFile, content: Uint8Array): Promise<StagedFile> {
    const { path, mode, gid } = file;
    const staged = stagedPath(path);
    const { [staged]: before = 'absent' } = await digestHostFiles(this.#root, [staged], limits);
    const change = { path: staged, mode, uid: 0, gid, before, after: digestOf(content) };
    await putHostFile(this.#root, change, content, 'stage', limits);
    return { file, digest: change.after };
  }

  /**
   * Puts all staged files in place, or none. What a set with keys replaced can be put back by `swap` until the next.
   *
   * @throws {HostChangeError} `host-file-changed`: another run put others there.
   */
  async commit(staged: readonly StagedFile[]): Promise<void> {
    const files = staged.map(({ file }) => file);
    await this.#commit(kindOf(files), staged);
  }

  /** Puts the files back that the last `commit` replaced. @throws {HostChangeError} */
  async back(files: readonly TreeFile[]): Promise<void> {
    await this.#run('back', [kindOf(files), ...pathsOf(files)], 'The old files could not be put back');
  }

  /** What the newest set replaced; `undefined`: it was put back, or there never was one. @throws {HostChangeError} */
  async replacedSet(): Promise<ReplacedSet | undefined> {
    const found = await readHostFile(this.#root, undoBeside(this.#record), maxFileBytes, limits);
    return found && parseReplacedSet(found.content.toString('utf8'));
  }

  /**
   * Puts back what a set replaced; the set itself waits beside it, for `clean` or `swapAgain`. May be repeated.
   *
   * @throws {HostChangeError} `host-file-changed`: the set is not in place any more, and nothing was done.
   */
  async swap(files: readonly ReplacedFile[]): Promise<void> {
    const words = files.flatMap(({ was, digest, path }) => [was, digest, path]);
    await this.#run('swap', words, 'The files of before could not be put back');
  }

  /** Takes back a `swap`. @throws {HostChangeError} */
  async swapAgain(staged: readonly StagedFile[]): Promise<void> {
    await this.#commit('part', staged);
  }

  /** Takes away what waits after a `swap`, and the folders that were made for it. @throws {HostChangeError} */
  async clean(files: readonly Pick<TreeFile, 'path'>[]): Promise<void> {
    await this.#run('clean', pathsOf(files), 'What was put aside could not be taken away');
  }

  /** A certificate, authority or revocation list; `undefined` where there is none. @throws {HostChangeError} */
  async read({ path }: Pick<TreeFile, 'path'>): Promise<string | undefined> {
    return (await readHostFile(this.#root, path, maxFileBytes, limits))?.content.toString('utf8');
  }

  async #commit(kind: CommitKind, staged: readonly StagedFile[]): Promise<void> {
    const words = staged.flatMap(({ file, digest }) => [file.path, digest]);
    await this.#run('commit', [kind, ...words], 'The new files could not be put in place');
  }

  async #run(operation: CertificateOperation, words: readonly string[], failure: string): Promise<string> {
    const script = ['sh', '-c', certificateScript, 'viaduct', this.#record, operation, ...words];
    const result = await this.#root.operate('run', script, limits);
    expectDone(result, failure);
    return new TextDecoder().decode(result.stdout);
  }
}

/** Files without a key are no set: they may be newer than it, and are not undone with it. */
function kindOf(files: readonly TreeFile[]): CommitKind {
  return files.some(({ part }) => part === 'key') ? 'set' : 'part';
}

function pathsOf(files: readonly Pick<TreeFile, 'path'>[]): string[] {
  return files.map(({ path }) => path);
}
