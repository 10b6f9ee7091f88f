import { authorityFiles } from '../pki/authority.ts';
import type { AuthorityStore } from '../pki/authority-store.ts';
import { parseCertificates } from '../pki/certificate.ts';
import { issueCertificate } from '../pki/issue.ts';
import type { KeyKind } from '../pki/key-kinds.ts';
import type { IssuedEntry } from '../pki/ledger-entries.ts';
import type { CertificateNames } from '../pki/names.ts';
import { trustBundle } from '../pki/trust-bundle.ts';
import type { UnlockedAuthority } from '../pki/unlocked-authority.ts';
import type { SetupHost } from '../setup/setup-host.ts';
import { DeployError } from './deploy-error.ts';
import type { DeployedHosts } from './deployed-hosts.ts';
import { requireKeyKind } from './key-choice.ts';
import { checkedNames, type GivenNames } from './names/given-names.ts';
import { certificateNamesOf } from './names/host-names.ts';
import { lookUpNames } from './names/look-up-names.ts';
import type { Report } from './pki-finding.ts';
import { openPkiHost, type DeployOptions, type PkiHost } from './pki-host.ts';
import { replaceCertificates, type ReplaceOptions, type Sign, type Trust } from './replace-certificates.ts';
import { trustIn, type AuthorityInUse } from './trust.ts';

/** What certificates are made with. */
export interface Issuer {
  store: AuthorityStore;
  unlocked: UnlockedAuthority;
  known: DeployedHosts;
}

export interface FirstDeployOptions extends DeployOptions {
  /** What kind of keys they get; default RSA 3072. */
  key?: KeyKind | undefined;
  /** The names of every host, in place of those that the hosts are asked for. */
  names?: GivenNames | undefined;
}

/**
 * Gives hosts their first certificates, or new ones, with the names that were given, else those that the other hosts
 * know them by.
 *
 * @throws as `checkedNames`, `openPkiHost`, `requireKeyKind`, `lookUpNames` and `replaceCertificates`.
 */
export async function deploy(
  hosts: readonly SetupHost[],
  issuer: Issuer,
  report: Report,
  options: FirstDeployOptions,
): Promise<IssuedEntry[]> {
  const given =
    options.names &&
    checkedNames(
      hosts.map(({ name }) => name),
      options.names,
    );
  const opened = await openAll(hosts, options);
  const { key = 'rsa3072' } = options;
  requireKeyKind(opened, key);
  const { store, unlocked } = issuer;
  await tellChangeOfTrust(opened, { store, authority: unlocked.authority }, unlocked.now(), report);
  const names = given ?? (await askedNames(opened, options));
  for (const [index, { name }] of opened.entries()) reportNames(name, names[index], report);
  const sign: Sign = (host, { tree, purpose }, publicKey) => {
    const called = names[opened.indexOf(host)] ?? { dnsNames: [], ipAddresses: [] };
    const order = { host: host.name, usedBy: tree, purposes: [purpose], names: called };
    return issueCertificate(unlocked, order, publicKey);
  };
  return bring(opened, issuer, sign, report, { ...options, keyOf: () => key });
}

async function askedNames(opened: readonly PkiHost[], { tell }: DeployOptions): Promise<CertificateNames[]> {
  tell?.('Asking the hosts for the names that they know each other by ...');
  return (await lookUpNames(opened)).map(certificateNamesOf);
}

export async function openAll(hosts: readonly SetupHost[], options: DeployOptions): Promise<PkiHost[]> {
  const names = hosts.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new DeployError('deploy-same-host', `${twice} is named twice.`, {
      remedy: 'Name every host once.',
    });
  }
  // One after the other: each may ask for a password.
  const opened: PkiHost[] = [];
  for (const host of hosts) opened.push(await openPkiHost(host, options));
  return opened;
}

export function trustOf({ store, unlocked }: Issuer): Promise<Trust> {
  return trustIn({ store, authority: unlocked.authority }, unlocked.now());
}

/** New keys and certificates of the issuer, and what it trusts, for hosts that were looked at. */
export async function bring(
  hosts: readonly PkiHost[],
  issuer: Issuer,
  sign: Sign,
  report: Report,
  options: ReplaceOptions,
): Promise<IssuedEntry[]> {
  // Before anything is signed: whoever has a certificate must be found again when it is to be revoked.
  await issuer.known.remember(hosts.map(({ host }) => host));
  return replaceCertificates(hosts, await trustOf(issuer), sign, report, options);
}

function reportNames(host: string, names: CertificateNames | undefined, report: Report): void {
  const { dnsNames = [], ipAddresses = [] } = names ?? {};
  report({
    id: 'pki.names',
    side: 'host',
    host,
    level: 'ok',
    summary: `The certificates of ${host} are for ${[...dnsNames, ...ipAddresses].join(', ')}.`,
  });
}

/** Hosts that are not named here, and whose certificates are of another authority, are shut out. */
export async function tellChangeOfTrust(
  hosts: readonly PkiHost[],
  { store, authority }: AuthorityInUse,
  now: Date,
  report: Report,
): Promise<void> {
  const ours = new Set(
    parseCertificates(await trustBundle(store, authority, now)).map((one) => one.fingerprint),
  );
  for (const { name, hand, trees } of hosts) {
    for (const file of trees.authorities) {
      const labels = foreignLabels(await hand.read(file), ours);
      if (labels.length === 0) continue;
      report({
        id: 'pki.trust',
        side: 'host',
        host: name,
        level: 'warning',
        summary: `${name} trusted ${labels.join(', ')} for ${file.tree}; from now on it trusts ${authority.name} alone.`,
        remedy: `Deploy to every host and give every workstation that has a certificate of another authority a new one; ${authorityFiles.certificate} is to be trusted there.`,
      });
    }
  }
}

function foreignLabels(bundle: string | undefined, ours: ReadonlySet<string>): string[] {
  try {
    return parseCertificates(bundle ?? '')
      .filter(({ fingerprint }) => !ours.has(fingerprint))
      .map(({ label }) => label);
  } catch {
    return [];
  }
}
