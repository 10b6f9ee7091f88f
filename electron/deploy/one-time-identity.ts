import { randomBytes } from 'node:crypto';
import { messageOf } from '../common/errors.ts';
import { expectDone } from '../common/host/host-files.ts';
import type { IdentityMaker, PlannedIdentity } from '../common/host/one-time-identity.ts';
import { RootShell } from '../common/host/root-shell.ts';
import type { SudoPrompts } from '../common/host/sudo-prompts.ts';
import type { Authority } from '../pki/authority.ts';
import type { AuthorityStore } from '../pki/authority-store.ts';
import { issueOnce, oneTimeNames } from '../pki/issue-once.ts';
import { oneTimeMinutes } from '../pki/lifetimes.ts';
import { commonNameOf } from '../pki/names.ts';
import type { UnlockedAuthority } from '../pki/unlocked-authority.ts';
import { HostProbe } from '../setup/facts/host-probe.ts';
import type { SetupHost } from '../setup/setup-host.ts';
import { CertificateHand, type StagedFile } from './certificate-hand.ts';
import { clientFiles } from './client-certificate.ts';
import { DeployError } from './deploy-error.ts';
import { findKeyTool, makeHostKey } from './make-host-key.ts';
import type { Trust } from './replace-certificates.ts';
import type { TreeFile } from './trees.ts';
import { trustIn } from './trust.ts';

export interface IdentityOrder {
  /** The host that is to log in with it. */
  source: SetupHost;
  /** The name of the host where it logs in. */
  destination: string;
  store: AuthorityStore;
  authority: Authority;
  /** The authority's key, asked for when the certificate is signed. */
  unlocked: () => UnlockedAuthority;
  prompts: SudoPrompts;
}

const limits = { deadlineMs: 30_000, maxOutputBytes: 64 * 1024 };
const attempts = 3;

/**
 * A certificate for one migration: by it the daemon of the source logs in at the destination. It lies in a folder of
 * root's below /run, with a key that is made there, until it is removed; it is good for minutes.
 *
 * It is not revoked at the end: a list would have to reach every host before it expires, and it expires by itself.
 */
export class OneTimeIdentity implements IdentityMaker {
  readonly planned: PlannedIdentity;
  readonly #order: IdentityOrder;
  readonly #trust: Trust;
  #begun = false;

  private constructor(order: IdentityOrder, trust: Trust) {
    const { authority, source } = order;
    this.#order = order;
    this.#trust = trust;
    this.planned = {
      authority: authority.name,
      issuerFingerprint: authority.certificate.fingerprint,
      subject: `CN=${commonNameOf(oneTimeNames(source.name))}`,
      trusted: trust.authorities,
      folder: `/run/viaduct-once-${randomBytes(12).toString('hex')}`,
      lifeMinutes: oneTimeMinutes,
    };
  }

  /** Touches no host. @throws {PkiError} of the authority's files. */
  static async plan(order: IdentityOrder): Promise<OneTimeIdentity> {
    const { store, authority } = order;
    return new OneTimeIdentity(order, await trustIn({ store, authority }, new Date()));
  }

  /**
   * Makes the key on the source, signs a certificate for it and puts that beside it. What was begun is to be removed.
   *
   * @returns root's hand on the source, by which the login can be tried.
   * @throws {HostRightsError} {HostChangeError} {PkiError} {DeployError} `deploy-identity-no-shell`;
   * ViaductError `authority-locked`.
   */
  async place(signal: AbortSignal): Promise<RootShell> {
    const { source, destination } = this.#order;
    const unlocked = this.#order.unlocked();
    const shell = await shellOf(source, signal);
    const root = await openRoot(this.#order, signal);
    const keyTool = await findKeyTool(new HostProbe(shell, root, signal));
    const hand = new CertificateHand(root, `${this.planned.folder}/.viaduct-renames`);
    signal.throwIfAborted();
    this.#begun = true;
    await hand.makeFolders([{ path: this.planned.folder, mode: 0o700, gid: 0 }]);
    const { publicKey, key } = await makeHostKey({ hand, keyTool }, this.#file('key'), 'rsa3072');
    signal.throwIfAborted();
    const { pem } = await issueOnce(unlocked, { host: source.name, destination }, publicKey);
    const files: StagedFile[] = [key];
    const contents = {
      certificate: pem,
      authority: this.#trust.authorities,
      revocations: this.#trust.revocations,
    };
    for (const [part, content] of Object.entries(contents) as [keyof typeof contents, string | undefined][]) {
      if (content !== undefined) files.push(await hand.stage(this.#file(part), Buffer.from(content)));
    }
    await hand.commit(files);
    await label(root, this.planned.folder);
    return root;
  }

  /** Takes the folder away with all that is in it. @throws {DeployError} `deploy-identity-left`. */
  async remove(): Promise<void> {
    if (!this.#begun) return;
    await removeOneTimeFolder(this.#order, this.planned.folder);
  }

  #file(part: keyof typeof clientFiles): TreeFile {
    const mode = part === 'key' ? 0o600 : 0o644;
    const path = `${this.planned.folder}/${clientFiles[part]}`;
    return { tree: 'libvirt', part, purpose: 'client', path, mode, gid: 0 };
  }
}

/** Takes a one-time identity away, also one that another process has made. @throws {DeployError} `deploy-identity-left`. */
export async function removeOneTimeFolder(
  order: Pick<IdentityOrder, 'source' | 'prompts'>,
  folder: string,
): Promise<void> {
  const { name } = order.source;
  let cause: unknown;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    try {
      const root = await openRoot(order, AbortSignal.timeout(limits.deadlineMs));
      const end = await root.operate('run', ['rm', '-rf', '--', folder], limits);
      expectDone(end, `${folder} on ${name} could not be removed`);
      return;
    } catch (error) {
      cause = error;
    }
  }
  throw new DeployError(
    'deploy-identity-left',
    `The one-time identity is still on ${name}, in ${folder}: ${messageOf(cause)}`,
    {
      cause,
      remedy: `Remove it as root on ${name}: rm -r ${folder}. Its certificate is good for ${oneTimeMinutes} minutes at most, and a restart of the host removes it as well.`,
    },
  );
}

async function openRoot(
  { source, prompts }: Pick<IdentityOrder, 'source' | 'prompts'>,
  signal: AbortSignal,
): Promise<RootShell> {
  return RootShell.open(await shellOf(source, signal), source.name, prompts, signal);
}

async function shellOf(source: SetupHost, signal: AbortSignal) {
  const shell = await source.shell(signal);
  if (shell !== undefined) return shell;
  throw new DeployError(
    'deploy-identity-no-shell',
    `${source.name} is not reached over SSH, so no identity can be put there.`,
    { side: 'source', remedy: `Connect to ${source.name} with qemu+ssh://.` },
  );
}

/** The type that SELinux lets every daemon read certificates by; without SELinux there is nothing to do. */
async function label(root: RootShell, folder: string): Promise<void> {
  const script = '[ ! -e /sys/fs/selinux/enforce ] || chcon -R -t cert_t "$1"';
  const end = await root.operate('run', ['sh', '-c', script, 'viaduct', folder], limits);
  expectDone(end, `${folder} could not be labelled for SELinux`);
}
