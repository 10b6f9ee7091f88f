import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Violation } from './oracles.ts';

/** A mistake that the program could have. */
export interface Defect {
  name: string;
  /** From the root of the tree. */
  file: string;
  /** A text that is there exactly once, and what the mistake makes of it. */
  change: [from: string, to: string];
}

/** One that an oracle of the faults is to notice. */
export interface SeededDefect extends Defect {
  /** The name of the fault that it does not survive. */
  fault: string;
  caughtAs: Violation;
}

const state = 'electron/engine/state';

export const seededDefects: readonly SeededDefect[] = [
  {
    name: 'a lost answer to Finish is taken for a failure, and Confirm lets the source go on',
    file: `${state}/next-in-flight.ts`,
    change: [
      `return look({ ...lost, calls: callsUpTo(state.course, 'finish', 'unknown'), reason: lost.stop });`,
      `return back(lost, 'unknown', lost.stop);`,
    ],
    fault: 'managed native-tls, finish reply: packet and connection lost',
    caughtAs: 'split brain',
  },
  {
    name: 'the next start lets the source go on, whatever the destination runs',
    file: `${state}/recovery.ts`,
    change: [
      `return canRelease(state) ? confirm(state) : act(state, 'destroy-source');`,
      `return act(state, 'resume-source');`,
    ],
    fault: 'managed native-tls, finish reply: application killed',
    caughtAs: 'split brain',
  },
  {
    name: 'a guest that waits on the source is taken for one that runs',
    file: `${state}/recovery.ts`,
    change: [
      `      if (state.course.guestWasPaused) return onSource(state, destination);
      // Only`,
      `      return onSource(state, destination);
      // Only`,
    ],
    fault: 'managed native-tls, perform reply: application killed',
    caughtAs: 'guest lost',
  },
  {
    name: 'the guest on the source is ended where it should go on',
    file: 'electron/engine/run/recovery-actions.ts',
    change: [
      `=== 'held',\n    take: (link, dom) => link.resume(dom),`,
      `=== 'held',\n    take: (link, dom) => link.destroy(dom),`,
    ],
    fault: 'managed native-tls, perform reply: application killed',
    caughtAs: 'guest lost',
  },
  {
    name: 'a guest that has arrived is told as failed',
    file: 'electron/engine/run/result.ts',
    change: ['outcome: end.kind,', `outcome: end.kind === 'migrated' ? 'failed' : end.kind,`],
    fault: 'managed native-tls, confirm call: cancelled',
    caughtAs: 'wrong verdict',
  },
  {
    name: 'the next start finds nothing in the journal',
    file: 'electron/engine/journal/journals.ts',
    change: [
      'for (const id of await this.#ids()) {\n      const path',
      'for (const id of [] as string[]) {\n      const path',
    ],
    fault: 'managed native-tls, finish reply: application killed',
    caughtAs: 'wrong verdict',
  },
  {
    name: 'the source keeps its copy where the guest has arrived',
    file: `${state}/recovery.ts`,
    change: [
      `return state.course.undefineSource ? act(state, 'undefine-source') : { kind: 'migrated' };`,
      `return { kind: 'migrated' };`,
    ],
    fault: 'managed native-tls, finish reply: libvirtd killed on the source',
    caughtAs: 'something left behind',
  },
  {
    name: "the relay's sockets are left on the hosts",
    file: 'electron/hosts/relay/openssh-relay-end.ts',
    change: [`fi\nrm -rf -- "$1"\n`, 'fi\n'],
    fault: 'managed ssh-relay, perform reply: application killed',
    caughtAs: 'something left behind',
  },
  {
    name: 'an answer is waited for without end',
    file: `${state}/recovery.ts`,
    change: [
      `    case 'arrived':
      return arrived(seen);`,
      `    case 'arrived':
      return state;`,
    ],
    fault: 'managed native-tls, finish reply: packet and connection lost',
    caughtAs: 'wrong verdict',
  },
];

/** What a capture between the hosts is to notice. */
export const plainTransport: Defect = {
  name: 'TLS is planned, and not asked for',
  file: 'electron/engine/run/flags.ts',
  change: [`options.mode === 'native-tls' ? migrateFlags.tls : 0`, '0'],
};

/** What a host whose key is not on record is to notice. */
export const anyHostKey: Defect = {
  name: 'a host key is not held to the record',
  file: 'electron/ssh/host-key-check.ts',
  change: [`if (verdict.kind !== 'known' && policy === 'accept-any')`, `if (verdict.kind !== 'known')`],
};

/** The program with this one mistake, in a tree of its own. */
export class DefectiveTree implements AsyncDisposable {
  readonly path: string;

  static async build({ file, change: [from, to] }: Defect): Promise<DefectiveTree> {
    const root = join(import.meta.dirname, '..', '..', '..');
    const path = await mkdtemp(join(tmpdir(), 'viaduct-defect-'));
    const tree = new DefectiveTree(path);
    for (const part of ['package.json', 'package-lock.json', 'build', 'electron'])
      await cp(join(root, part), join(path, part), { recursive: true, preserveTimestamps: true });
    await symlink(join(root, 'node_modules'), join(path, 'node_modules'));
    const text = await readFile(join(path, file), 'utf8');
    if (text.split(from).length !== 2) throw new Error(`${file} has not exactly one: ${from}`);
    await writeFile(
      join(path, file),
      text.replace(from, () => to),
    );
    return tree;
  }

  private constructor(path: string) {
    this.path = path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
