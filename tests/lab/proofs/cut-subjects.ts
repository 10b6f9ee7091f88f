import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lab } from '../lab.ts';
import type { HostLayout } from '../layout.ts';
import { makeBare, stateOf } from '../support/bare-host.ts';
import type { ViaductRun } from '../support/viaduct.ts';
import { isAnotherSet, type TreeDigests, wholeTrees } from './whole-trees.ts';

/** A command that changes a host, whose link is cut. */
export interface CutSubject {
  readonly args: readonly string[];
  /** Brings the host to where all its runs begin. */
  begin(): Promise<void>;
  /** Brings it there again, before each run. */
  ready(): Promise<void>;
  /** To be called before the cut; what it gives looks at the host afterwards, and throws where something is half made. */
  witness(): Promise<() => Promise<CutEffect>>;
  /** The same command once more leads to its end; then everything is taken back. */
  resume(): Promise<void>;
  /** What was done is taken back, whatever it was. */
  undo(): Promise<void>;
}

/** How much of its work a command had done when its link was cut. */
export type CutEffect = 'nothing' | 'part' | 'all';

export interface SubjectTools {
  lab: Lab;
  host: HostLayout;
  /** Of a peer that the firewall is opened for. */
  peer: string;
  passphraseFile: string;
  run: (args: readonly string[]) => Promise<ViaductRun>;
}

const certificateCommands = ['pki deploy', 'pki renew', 'pki undo'] as const;
type CertificateCommand = (typeof certificateCommands)[number];
const setupCommands = ['host prepare', 'host undo'] as const;
type SetupCommand = (typeof setupCommands)[number];

export const subjectNames = [...certificateCommands, ...setupCommands] as const;
export type SubjectName = CertificateCommand | SetupCommand;

export function cutSubject(name: SubjectName, tools: SubjectTools): CutSubject {
  return name === 'host prepare' || name === 'host undo'
    ? new SetupSubject(name, tools)
    : new CertificateSubject(name, tools);
}

class CertificateSubject implements CutSubject {
  readonly args: readonly string[];
  readonly #name: CertificateCommand;
  readonly #tools: SubjectTools;
  /** What the host is to have again when all is taken back. */
  #before: TreeDigests = new Map();

  constructor(name: CertificateCommand, tools: SubjectTools) {
    this.#name = name;
    this.#tools = tools;
    this.args = this.#command(name);
  }

  async begin(): Promise<void> {
    const { lab, host } = this.#tools;
    await makeBare(lab, host.name);
    await this.#removeTrees();
    if (this.#name === 'pki deploy') return;
    await mustEnd(this.#tools.run(this.#command('pki deploy')), [0]);
    await lab.mustRun(host.name, ['nft', 'flush', 'ruleset']);
    await lab.mustRun(host.name, ['systemctl', 'stop', 'libvirtd.service']);
    await lab.mustRun(host.name, ['systemctl', 'enable', '--now', 'libvirtd-tls.socket']);
    await lab.mustRun(host.name, ['systemctl', 'start', 'libvirtd.service']);
  }

  async ready(): Promise<void> {
    this.#before = await wholeTrees(this.#tools.host);
    if (this.#name === 'pki undo') await mustEnd(this.#tools.run(this.#command('pki renew')), [0]);
  }

  async witness(): Promise<() => Promise<CutEffect>> {
    const before = await wholeTrees(this.#tools.host);
    return async () => (isAnotherSet(before, await wholeTrees(this.#tools.host)) ? 'all' : 'nothing');
  }

  async resume(): Promise<void> {
    const { host, run } = this.#tools;
    if (this.#name === 'pki undo') {
      await this.#takeBack();
      return;
    }
    const before = await wholeTrees(host);
    await mustEnd(run(this.args), [0]);
    assert.ok(isAnotherSet(before, await wholeTrees(host)), 'it has no new certificates');
    await this.#expectNothingLeft();
    if (this.#name === 'pki deploy') await this.#removeTrees();
  }

  /** A set that did not come into place is not to be taken back: that would go back further. */
  async undo(): Promise<void> {
    if (isAnotherSet(this.#before, await wholeTrees(this.#tools.host))) await this.#takeBack();
    if (this.#name === 'pki deploy') await this.#removeTrees();
  }

  /** Nothing to undo is said with code 2: it was undone before the link was cut. */
  async #takeBack(): Promise<void> {
    await mustEnd(this.#tools.run(this.#command('pki undo')), this.#name === 'pki undo' ? [0, 2] : [0]);
    assert.deepEqual(await wholeTrees(this.#tools.host), this.#before, 'it is not as before');
    await this.#expectNothingLeft();
  }

  async #expectNothingLeft(): Promise<void> {
    const folder = join(this.#tools.host.root, 'etc/pki');
    const names = await readdir(folder, { recursive: true }).catch((): string[] => []);
    const left = names.filter((name) => name.endsWith('.new') || name.includes('.viaduct-renames'));
    assert.deepEqual(left, [], 'files that nobody needs are left');
  }

  #command(name: CertificateCommand): string[] {
    const { lab, host, passphraseFile } = this.#tools;
    const words = [...name.split(' '), lab.sshUri(host.name)];
    return name === 'pki undo' ? words : [...words, '--passphrase-file', passphraseFile];
  }

  async #removeTrees(): Promise<void> {
    await this.#tools.lab.mustRun(this.#tools.host.name, ['rm', '-rf', '/etc/pki']);
  }
}

const configuration = ['libvirt/qemu.conf', 'libvirt/libvirtd.conf', 'default/libvirtd', 'nftables.conf'];
type Digests = readonly (string | undefined)[];

class SetupSubject implements CutSubject {
  readonly args: readonly string[];
  readonly #isUndo: boolean;
  readonly #tools: SubjectTools;
  #bare: { state: Awaited<ReturnType<typeof stateOf>>; files: Digests } | undefined;
  #prepared: Digests = [];

  constructor(name: SetupCommand, tools: SubjectTools) {
    this.#tools = tools;
    this.#isUndo = name === 'host undo';
    this.args = this.#command(this.#isUndo ? 'undo' : 'prepare');
  }

  async begin(): Promise<void> {
    const { lab, host } = this.#tools;
    await lab.restoreHostCertificates(host.name);
    await makeBare(lab, host.name);
    this.#bare = { state: await stateOf(lab, host.name), files: await this.#digests() };
    await this.#prepare([0]);
    this.#prepared = await this.#digests();
    await this.undo();
  }

  async ready(): Promise<void> {
    if (this.#isUndo) await this.#prepare([0]);
  }

  witness(): Promise<() => Promise<CutEffect>> {
    return Promise.resolve(async () => {
      const now = await this.#digests();
      const bare = this.#bare?.files ?? [];
      for (const [index, digest] of now.entries()) {
        const isWhole = digest === bare[index] || digest === this.#prepared[index];
        assert.ok(isWhole, `${configuration[index] ?? ''} is neither the old nor the new one`);
      }
      const [from, to] = this.#isUndo ? [this.#prepared, bare] : [bare, this.#prepared];
      if (now.every((digest, index) => digest === from[index])) return 'nothing';
      return now.every((digest, index) => digest === to[index]) ? 'all' : 'part';
    });
  }

  async resume(): Promise<void> {
    if (!this.#isUndo) {
      await this.#prepare([0]);
      assert.deepEqual(await this.#digests(), this.#prepared);
    }
    await this.undo();
  }

  /** Nothing to undo is said with code 2: the cut came before the first step, or after the last. */
  async undo(): Promise<void> {
    const { lab, host, run } = this.#tools;
    await mustEnd(run(this.#command('undo')), [0, 2]);
    assert.deepEqual(await stateOf(lab, host.name), this.#bare?.state, 'it is not as before');
  }

  async #prepare(codes: readonly number[]): Promise<void> {
    await mustEnd(this.#tools.run(this.#command('prepare')), codes);
  }

  #command(what: 'prepare' | 'undo'): string[] {
    const { lab, host, peer } = this.#tools;
    const uri = lab.sshUri(host.name);
    return what === 'undo'
      ? ['host', 'undo', uri, '--yes']
      : ['host', 'prepare', uri, '--peer', peer, '--yes'];
  }

  #digests(): Promise<Digests> {
    const { root } = this.#tools.host;
    return Promise.all(
      configuration.map(async (path) => {
        const content = await readFile(join(root, 'etc', path)).catch(() => undefined);
        return content && createHash('sha256').update(content).digest('hex');
      }),
    );
  }
}

export async function mustEnd(running: Promise<ViaductRun>, codes: readonly number[]): Promise<void> {
  const { code, stdout, stderr } = await running;
  assert.ok(codes.includes(code), `it ended with ${code}: ${stdout}${stderr}`);
}
