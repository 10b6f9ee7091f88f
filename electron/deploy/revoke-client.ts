import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BadInputError } from '../common/errors.ts';
import { openTlsTransport, parseConnectUri, TransportError } from '../libvirt/index.ts';
import { revocations } from '../pki/ledger-view.ts';
import { certificateNames } from '../pki/names.ts';
import type { SetupHost } from '../setup/setup-host.ts';
import { bringRevocations } from './bring-revocations.ts';
import { certificatesIn } from './certificates-in.ts';
import { clientFiles, clientFolder, clientUri } from './client-certificate.ts';
import type { Issuer } from './deploy.ts';
import type { Report } from './pki-finding.ts';
import type { DeployOptions, PkiHost } from './pki-host.ts';
import { revokeIssued } from './revoke-issued.ts';

/**
 * What a workstation is called in its certificates, by the name that the admin gives.
 *
 * @throws BadInputError `bad-certificate-name`, `client-is-host`.
 */
export async function requireClient(name: string, { unlocked }: Pick<Issuer, 'unlocked'>): Promise<string> {
  const { dnsNames, ipAddresses } = certificateNames([name]);
  const [called = name] = [...dnsNames, ...ipAddresses];
  const entries = await unlocked.authority.ledger.read();
  const isHost = entries.some(
    (entry) => entry.type === 'issued' && entry.host === called && entry.purposes.includes('server'),
  );
  if (!isHost) return called;
  throw new BadInputError(
    'client-is-host',
    `${called} is a host, and has more than a client's certificate.`,
    {
      side: 'client',
      remedy: 'Name it by its connect URI instead.',
    },
  );
}

/**
 * Revokes every certificate of a workstation, as one that was lost, and brings the list to hosts, whose daemons read it
 * at once. Where what was made for it is still in its folder here, it is used to try to get in. May be repeated.
 *
 * @param called as `requireClient` gives it.
 * @throws {DeployError} `deploy-nothing-issued`; {PkiError}.
 */
export async function revokeClient(
  called: string,
  hosts: readonly SetupHost[],
  issuer: Issuer,
  home: string,
  report: Report,
  options: DeployOptions,
): Promise<void> {
  await revokeIssued(called, issuer, report);
  const told = await bringRevocations(hosts, issuer, report, options);
  const folder = clientFolder(home, called);
  const isHere = await isRevokedHere(folder, issuer);
  for (const host of told) {
    options.signal?.throwIfAborted();
    if (!host.facts.tls.listening) continue;
    if (isHere) await proveRefused(called, host, folder, report, options);
    else reportUntried(called, host, `what was made for it is not in ${folder}`, report);
  }
}

/** An older or newer certificate of another authority would prove nothing. */
async function isRevokedHere(folder: string, { unlocked }: Issuer): Promise<boolean> {
  const text = await readFile(join(folder, clientFiles.certificate), 'utf8').catch(() => undefined);
  const [leaf] = certificatesIn(text);
  const revoked = revocations(await unlocked.authority.ledger.read());
  return leaf !== undefined && revoked.some(({ serial }) => serial === leaf.serial);
}

async function proveRefused(
  called: string,
  { name, facts }: PkiHost,
  folder: string,
  report: Report,
  { signal, tell }: DeployOptions,
): Promise<void> {
  tell?.(`Trying to get into ${name} with the certificate of ${called} ...`);
  try {
    const uri = clientUri(name, folder, facts.tls.port);
    (await openTlsTransport(parseConnectUri(uri), signal)).close();
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof TransportError)) throw error;
    if (error.code !== 'tls-client-refused') reportUntried(called, { name }, error.message, report);
    else report({ ...about(name), level: 'ok', summary: `${name} refuses ${called}.` });
    return;
  }
  report({
    ...about(name),
    level: 'error',
    summary: `${name} still lets ${called} in.`,
    remedy: `See that the daemon of ${name} uses the revocation list in /etc/pki/CA/cacrl.pem, and restart it.`,
  });
}

function reportUntried(called: string, { name }: Pick<PkiHost, 'name'>, why: string, report: Report): void {
  report({
    ...about(name),
    level: 'unknown',
    summary: `Whether ${name} refuses ${called} was not tried: ${why}.`,
    remedy: `Nothing has to be done: ${name} has the revocation list.`,
  });
}

function about(host: string): { id: string; side: 'host'; host: string } {
  return { id: 'pki.control.refused', side: 'host', host };
}
