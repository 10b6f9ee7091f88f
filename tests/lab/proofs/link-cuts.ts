import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hosts, type Lab, waitFor } from '../lab.ts';
import type { CommandSeen } from './command-seen.ts';
import { type CutEffect, type CutSubject, cutSubject, mustEnd, type SubjectName } from './cut-subjects.ts';
import { CuttingProxy, type CutPoint } from './cutting-proxy.ts';
import { runThrough } from './run-through.ts';
import { isBeingChanged } from './setup-lock.ts';
import { watchModes } from './watch-modes.ts';

/** What is done after a cut: the same command once more, everything is taken back, or nothing where nothing was begun. */
export type Remedy = 'resume' | 'undo' | 'none';

/** What was found at one point. What does not hold is an error. */
export interface CutOutcome {
  /** Of the command whose link was cut. */
  exitCode: number;
  /** How much of its work the host had done when all was quiet again. */
  effect: CutEffect;
}

const host = hosts.alpha;

/** Cuts Viaduct's link to a host of the lab at one point after another. */
export class LinkCuts implements AsyncDisposable {
  readonly #lab: Lab;
  readonly #proxy: CuttingProxy;
  readonly #home: string;

  static async start(lab: Lab): Promise<LinkCuts> {
    const home = await mkdtemp(join(tmpdir(), 'viaduct-cuts-'));
    const cuts = new LinkCuts(lab, await CuttingProxy.start(host), home);
    await writeFile(cuts.#passphraseFile, 'of the authority\n', { mode: 0o600 });
    const create = ['pki', 'create-ca', '--name', 'Cut CA', '--passphrase-file', cuts.#passphraseFile];
    await mustEnd(cuts.#run(create), [0]);
    return cuts;
  }

  private constructor(lab: Lab, proxy: CuttingProxy, home: string) {
    this.#lab = lab;
    this.#proxy = proxy;
    this.#home = home;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#proxy[Symbol.asyncDispose]();
    await rm(this.#home, { recursive: true, force: true });
  }

  /** Brings the host to where the command begins. */
  async begin(name: SubjectName): Promise<CutSubject> {
    const subject = cutSubject(name, {
      lab: this.#lab,
      host,
      peer: hosts.beta.address,
      passphraseFile: this.#passphraseFile,
      run: (args) => this.#run(args),
    });
    await subject.begin();
    return subject;
  }

  /** The commands of a whole run that nothing cuts off; afterwards the host is where it was. */
  async measure(subject: CutSubject): Promise<CommandSeen[]> {
    await subject.ready();
    await mustEnd(this.#run(subject.args), [0]);
    const seen = [...this.#proxy.commands];
    await subject.undo();
    return seen;
  }

  /**
   * Cuts the link at a point. Then the daemon starts and answers, no file is half of this and half of that, none was
   * ever readable by more than in the end; and the remedy leads to its end.
   *
   * @throws what does not hold
   */
  async cut(subject: CutSubject, point: CutPoint, remedy: Remedy): Promise<CutOutcome> {
    await subject.ready();
    const look = await subject.witness();
    const watch = await watchModes(host);
    const { code, stderr } = await this.#run(subject.args, point);
    assert.ok(
      this.#proxy.isCut,
      `it never came to ${point.what} ${point.nth}, and ended with ${code}: ${stderr}`,
    );
    assert.ok(!/^\s+at .*:\d+:\d+/m.test(stderr), `a stack trace: ${stderr}`);
    await this.#quiet();
    const effect = await look();
    await this.#daemonStarts();
    if (remedy !== 'none') await subject[remedy]();
    assert.deepEqual(await watch.stop(), [], 'files that more could read than in the end');
    return { exitCode: code, effect };
  }

  get #passphraseFile(): string {
    return join(this.#home, 'passphrase');
  }

  #run(args: readonly string[], cut?: CutPoint) {
    this.#proxy.mend(cut);
    return runThrough(this.#proxy, host, this.#home, args);
  }

  /** What has begun on the host goes on without its link, and comes to its end. */
  async #quiet(): Promise<void> {
    const isQuiet = async () => ((await isBeingChanged(host)) ? undefined : true);
    await waitFor('nothing of ours runs on', isQuiet, { timeoutMs: 60_000, intervalMs: 20 });
  }

  /** After a restart, so with the files that are there now; for other machines as well, where it is to listen for them. */
  async #daemonStarts(): Promise<void> {
    const run = (...argv: string[]) => this.#lab.run(host.name, argv);
    await run('systemctl', 'reset-failed', 'libvirtd.service', 'libvirtd.socket', 'libvirtd-tls.socket');
    await this.#lab.mustRun(host.name, ['systemctl', 'restart', 'libvirtd.service']);
    await this.#lab.virsh(host.name, ['list', '--name']);
    if ((await run('systemctl', 'is-active', '--quiet', 'libvirtd-tls.socket')).exitCode !== 0) return;
    await this.#lab.mustRun(host.name, ['virsh', '-c', `qemu+tls://${host.fqdn}/system`, 'hostname']);
  }
}
