import { messageOf } from '../common/errors.ts';
import { digestHostFiles } from '../common/host/host-files.ts';
import type { AuthorityStore } from '../pki/authority-store.ts';
import type { SetupHost } from '../setup/setup-host.ts';
import type { StagedFile } from './certificate-hand.ts';
import { stagedPath } from './certificate-script.ts';
import { certificatesIn } from './certificates-in.ts';
import { DeployError } from './deploy-error.ts';
import type { Report } from './pki-finding.ts';
import { openPkiHost, type DeployOptions, type PkiHost } from './pki-host.ts';
import { prove, type InUse } from './put-in-use.ts';
import { reloadDaemon } from './reload.ts';
import type { ReplacedSet } from './replaced-set.ts';
import { filesOf, type TreeFile } from './trees.ts';
import { requireUsable, type Replaced } from './undo-usable.ts';

/**
 * Puts back what the newest set of certificates of a host replaced, and takes away what was not there before. The
 * daemon reads the old files and is seen to show them, else the newer ones are put in place again. A revocation list
 * that was brought since stays.
 *
 * @throws {DeployError} `deploy-nothing-to-undo`; `deploy-undo-in-use` and as `requireUsable`: the host would not work
 * with what was there before; those of reloading, with the newer set in place.
 * @throws {HostChangeError} `host-file-changed`: somebody else changed a file since, and nothing was done.
 */
export async function undoSet(
  setupHost: SetupHost,
  store: AuthorityStore,
  report: Report,
  options: DeployOptions & Pick<InUse['options'], 'waitMs'>,
): Promise<void> {
  const host = await openPkiHost(setupHost, options);
  const replaced = await replacedFiles(host);
  await requireUsable(host, replaced, store, report);
  options.signal?.throwIfAborted();
  options.tell?.(`Putting back what ${host.name} had before ...`);
  await host.hand.swap(replaced);
  try {
    const reload = await reloadDaemon(host);
    if (reload !== 'not-listening') {
      const fingerprint = certificatesIn(await host.hand.read(libvirtServer(host)))[0]?.fingerprint;
      const called = 'the certificate of before';
      await prove(host, reload, {
        others: [],
        fingerprint,
        called,
        report,
        options: { waitMs: options.waitMs },
      });
    }
  } catch (cause) {
    if (!(cause instanceof DeployError)) throw cause;
    await host.hand.swapAgain(replaced satisfies StagedFile[]);
    // Its refusal has been told; the newer files were good for it before.
    await reloadDaemon(host).catch(() => undefined);
    throw new DeployError(cause.code, `${messageOf(cause)} ${host.name} keeps its newer certificates.`, {
      cause,
      ...(cause.remedy !== undefined && { remedy: cause.remedy }),
    });
  }
  await host.hand.clean(replaced);
  const had = replaced.some(({ was, file }) => file.part === 'certificate' && was === 'old');
  report({
    id: 'pki.undone',
    side: 'host',
    host: host.name,
    level: 'ok',
    summary: had
      ? `${host.name} has the certificates of before again.`
      : `${host.name} has no certificates again, as before.`,
  });
}

/** @throws {DeployError} `deploy-nothing-to-undo`. */
async function replacedFiles(host: PkiHost): Promise<Replaced[]> {
  const set = await host.hand.replacedSet();
  if (set === undefined || set.files.length === 0) {
    throw new DeployError('deploy-nothing-to-undo', `Nothing is kept on ${host.name} to go back to.`, {
      remedy:
        'The newest set of certificates can be undone once. "viaduct pki deploy" and "viaduct pki renew" make another.',
    });
  }
  const files = filesOf(host.trees);
  const replaced = set.files.flatMap((one): Replaced[] => {
    const file = files.find(({ path }) => path === one.path);
    return file === undefined ? [] : [{ ...one, file }];
  });
  if (replaced.length < set.files.length) {
    throw new DeployError(
      'deploy-nothing-to-undo',
      `The certificates of ${host.name} were elsewhere when its newest set was made.`,
      { remedy: `Set default_tls_x509_cert_dir in ${host.facts.qemuConf.path} to what it was then.` },
    );
  }
  requireUnused(host, replaced, set);
  return withoutNewerLists(host, replaced);
}

/** A daemon that is to listen for TLS without certificates, or whose settings name a folder that is gone, does not start. */
function requireUnused({ name, facts }: PkiHost, replaced: readonly Replaced[], set: ReplacedSet): void {
  const { tls, qemuConf } = facts;
  const goes = replaced.some(
    ({ was, file }) => was === 'absent' && file.tree === 'libvirt' && file.part !== 'revocations',
  );
  const remedy = `Run "viaduct host undo" for ${name} first.`;
  if (goes && (tls.listening || tls.enabledAtBoot)) {
    throw new DeployError(
      'deploy-undo-in-use',
      `${name} had no certificates before, and its daemon listens for TLS: without them it would not start again.`,
      { remedy },
    );
  }
  const folder = set.madeFolders.find((path) => Object.values(qemuConf.settings).includes(path));
  if (folder !== undefined) {
    throw new DeployError(
      'deploy-undo-in-use',
      `${qemuConf.path} on ${name} names ${folder}, which was not there before: without it the daemon would not start again.`,
      { remedy },
    );
  }
}

/** Lists change more often than sets, and an older one would let in who was revoked since. */
async function withoutNewerLists({ root }: PkiHost, replaced: readonly Replaced[]): Promise<Replaced[]> {
  const lists = replaced.filter(({ file }) => file.part === 'revocations');
  // After a run that was cut off, the list of the set waits beside the older one.
  const namesOfBoth = (path: string): string[] => [path, stagedPath(path)];
  const now = await digestHostFiles(
    root,
    lists.flatMap(({ path }) => namesOfBoth(path)),
  );
  const newer = lists.filter(({ path, digest }) => namesOfBoth(path).every((name) => now[name] !== digest));
  return replaced.filter((one) => !newer.includes(one));
}

function libvirtServer({ trees }: PkiHost): TreeFile {
  const server = trees.places.find(({ tree, purpose }) => tree === 'libvirt' && purpose === 'server');
  if (server === undefined) throw new Error('The trees lack a server of libvirt.');
  return server.certificate;
}
