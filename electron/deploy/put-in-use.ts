import { messageOf } from '../common/errors.ts';
import type { StagedFile } from './certificate-hand.ts';
import { DeployError } from './deploy-error.ts';
import type { Report } from './pki-finding.ts';
import type { DeployOptions, PkiHost } from './pki-host.ts';
import { reloadDaemon, type Reload } from './reload.ts';
import { awaitServed } from './served.ts';

export interface InUse {
  /** Hosts that can look at what the daemon shows. */
  others: readonly PkiHost[];
  /** Of the certificate that the daemon has to show from now on; `undefined`: it is not a new one. */
  fingerprint: string | undefined;
  /** What it is called in a sentence; default "the new certificate". */
  called?: string;
  report: Report;
  options: Pick<DeployOptions, 'signal'> & {
    /** How long the daemon may take to show it; default 20 s. */
    waitMs?: number | undefined;
  };
}

/**
 * Puts staged files in place, lets the daemon read them and sees that it does. QEMU reads its own at each migration.
 * When the daemon does not take them the old ones are put back.
 *
 * @throws {HostChangeError} {DeployError} with the old files in place.
 */
export async function putInUse(host: PkiHost, staged: readonly StagedFile[], inUse: InUse): Promise<void> {
  await host.hand.commit(staged);
  try {
    const reload = await reloadDaemon(host);
    await prove(host, reload, inUse);
  } catch (cause) {
    if (!(cause instanceof DeployError)) throw cause;
    await host.hand.back(staged.map(({ file }) => file));
    // Its refusal has been told; the old files were good for it before.
    await reloadDaemon(host).catch(() => undefined);
    throw new DeployError(cause.code, `${messageOf(cause)} ${host.name} has its old files again.`, {
      cause,
      ...(cause.remedy !== undefined && { remedy: cause.remedy }),
    });
  }
}

const words: Readonly<Record<Reload, string>> = {
  'read-again': 'read them without a restart',
  restarted: 'was restarted, and its guests went on',
  'not-listening': 'does not listen for TLS',
};

/** Sees that the daemon uses the files that are in place, and reports it. @throws {DeployError} `deploy-not-served`. */
export async function prove(
  host: PkiHost,
  reload: Reload,
  { others, fingerprint, called = 'the new certificate', report, options }: InUse,
): Promise<void> {
  const { name, facts } = host;
  const about = { id: 'pki.served', side: 'host', host: name } as const;
  if (reload === 'not-listening') {
    report({
      ...about,
      level: 'info',
      summary: `The files of ${name} are in place; its daemon does not listen for TLS.`,
      remedy: `To open its TLS port, run "viaduct host prepare" for ${name}.`,
    });
    return;
  }
  if (fingerprint === undefined) {
    report({ ...about, level: 'ok', summary: `The daemon of ${name} ${words[reload]}.` });
    return;
  }
  const served = await awaitServed(host, others, fingerprint, {
    signal: options.signal,
    timeoutMs: options.waitMs,
  });
  if (served === undefined) {
    report({
      ...about,
      level: 'unknown',
      summary: `The daemon of ${name} ${words[reload]}, but nobody could see what it shows at port ${facts.tls.port}.`,
      remedy: `Open port ${facts.tls.port} of ${name} for its peers, then run "viaduct pki validate".`,
    });
    return;
  }
  if (served.certificate.fingerprint !== fingerprint) {
    throw new DeployError(
      'deploy-not-served',
      `The daemon of ${name} goes on showing another certificate (${served.certificate.label}, serial ${served.certificate.serial}).`,
      { remedy: `See "journalctl -u ${facts.layout?.service ?? 'libvirtd'}" on ${name}.` },
    );
  }
  report({
    ...about,
    level: 'ok',
    summary: `The daemon of ${name} ${words[reload]}, and shows ${called} to ${served.seenFrom}.`,
  });
}
