import { chooseAuthority } from '../../../deploy/choose-authority.ts';
import { deploy, type Issuer } from '../../../deploy/deploy.ts';
import { renew } from '../../../deploy/renew.ts';
import { DeployedHosts } from '../../../deploy/deployed-hosts.ts';
import type { DeployOptions } from '../../../deploy/pki-host.ts';
import { AuthorityStore } from '../../../pki/authority-store.ts';
import type { KeyKind } from '../../../pki/key-kinds.ts';
import { unlockAuthority } from '../../../pki/unlocked-authority.ts';
import type { SetupHost } from '../../../setup/setup-host.ts';
import { FindingReporter, reportFailure, reportIssued } from './deploy-report.ts';
import { readPassphraseFile } from './passphrase-file.ts';

/** What every command that changes certificates of hosts is told. */
export interface DeployRequest extends Pick<DeployOptions, 'prompts' | 'signal'> {
  home: string;
  passphraseFile: string;
  ca: string | undefined;
  /** Kind of the hosts' keys; default RSA 3072, of `renew` what they have. */
  key?: KeyKind | undefined;
  json: boolean;
}

const works = { deploy, renew } as const;

/** `deploy`: new certificates with names asked for; `renew`: new ones with the names that the old ones have. */
export async function runDeploy(
  what: keyof typeof works,
  hosts: readonly SetupHost[],
  request: DeployRequest,
): Promise<number> {
  const { json, prompts, signal, key } = request;
  const reporter = new FindingReporter(json);
  const issuer = await openIssuer(request, reporter);
  try {
    const options = { prompts, signal, key, tell: reporter.tell };
    const issued = await works[what](hosts, issuer, reporter.report, options);
    reportIssued(issuer.unlocked.authority.name, issued, json);
    return reporter.exitCode;
  } catch (error) {
    return reportFailure(error, signal);
  } finally {
    issuer.unlocked.lock();
  }
}

/** The passphrase is tried before any host is looked at. */
export async function openIssuer(
  { home, passphraseFile, ca }: Pick<DeployRequest, 'home' | 'passphraseFile' | 'ca'>,
  reporter: FindingReporter,
): Promise<Issuer> {
  const store = new AuthorityStore(home);
  const authority = await chooseAuthority(store, ca);
  authority.requireKey();
  const passphrase = await readPassphraseFile(passphraseFile, reporter.tell);
  return { store, unlocked: await unlockAuthority(authority, passphrase), known: new DeployedHosts(home) };
}
