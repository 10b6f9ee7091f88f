import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { inCgroup } from '../cgroups.ts';
import { LabError } from '../errors.ts';
import { secondStateDir } from '../layout.ts';
import { tokenVariable } from '../lock.ts';

/** What the keeper says when the namespaces are there. */
export interface KeeperReport {
  /** Process 1 of the namespaces. */
  leader: number;
  cgroup: string;
  /** With it, commands may use the lab that the keeper has locked. */
  lockToken: string;
}

export interface CommandInside {
  argv: string[];
  env: Record<string, string>;
}

/**
 * Room for a second lab beside the first on the same machine: namespaces of its own for network, mounts, cgroups and
 * processes, in which the same commands bring up and use a lab of the same names and addresses. There is no way out of
 * it, so the images that a lab is made of have to be in the cache.
 */
export class SecondLab implements AsyncDisposable {
  readonly #report: KeeperReport;
  readonly #stateDir: string;
  readonly #end: () => Promise<void>;

  private constructor(report: KeeperReport, stateDir: string, end: () => Promise<void>) {
    this.#report = report;
    this.#stateDir = stateDir;
    this.#end = end;
  }

  /**
   * @param dir the state folder of the lab that it is for
   * @throws {LabError} `lab-busy` or `lab-command-failed`, with what the keeper said
   */
  static async open(dir = secondStateDir): Promise<SecondLab> {
    const keeper = spawn(process.execPath, [join(import.meta.dirname, 'keeper.ts')], {
      env: { ...process.env, VIADUCT_LAB_DIR: dir },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // Ctrl+C is for the commands inside; they may clear up before their machine goes.
      detached: true,
    });
    let said = '';
    keeper.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = once(keeper, 'exit');
    const failed = ended.then(() => {
      throw new LabError('lab-command-failed', `There is no second lab: ${said.trim()}`);
    });
    const [report] = (await Promise.race([once(keeper, 'message'), failed])) as [KeeperReport];
    failed.catch(() => undefined);
    return new SecondLab(report, dir, async () => {
      if (keeper.connected) keeper.disconnect();
      await ended;
      if (keeper.exitCode !== 0) {
        throw new LabError('lab-command-failed', `The second lab could not be removed: ${said.trim()}`);
      }
    });
  }

  /** How to run `argv` inside. Ending the process that this starts ends the command with SIGTERM. */
  inside(argv: readonly string[], cwd = process.cwd()): CommandInside {
    const { leader, cgroup, lockToken } = this.#report;
    const namespaces = ['--net', '--mount', '--cgroup', '--pid', `--wdns=${cwd}`];
    const enter = ['nsenter', `--target=${leader}`, ...namespaces, '--', 'setpriv', '--pdeathsig=TERM', '--'];
    return {
      argv: inCgroup(cgroup, [...enter, ...argv]),
      env: { VIADUCT_LAB_DIR: this.#stateDir, [tokenVariable]: lockToken },
    };
  }

  /** Removes all of it, whatever still runs there. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#end();
  }
}
