import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RootShell } from '../../common/host/root-shell.ts';
import { ViaductError } from '../../common/errors.ts';
import { loadTlsCredentials, parseConnectUri, TransportError } from '../../libvirt/index.ts';
import { AuthorityStore } from '../../pki/authority-store.ts';
import type { Authority } from '../../pki/authority.ts';
import type { Certificate } from '../../pki/certificate.ts';
import { allowListName } from '../../pki/distinguished-name.ts';
import { issuedCertificates } from '../../pki/ledger-view.ts';
import type { AllowedClients } from '../../setup/plan/setup-plan.ts';
import { requireShell } from '../../setup/inspect.ts';
import type { SetupHost } from '../../setup/setup-host.ts';
import { CertificateHand } from '../certificate-hand.ts';
import { certificatesIn } from '../certificates-in.ts';
import type { DeployOptions } from '../pki-host.ts';
import { libvirtFiles } from '../../setup/config/libvirt-files.ts';

interface Client {
  owner: string;
  name: string;
  fingerprint: string;
}

/** What the hosts say of themselves. */
interface HostAnswers {
  clients: Client[];
  /** Of all their CA files. */
  trusted: Certificate[];
}

/**
 * Who is to be let in by name where only these hosts and this workstation are: the names of their client certificates,
 * read from their files; and who has a valid certificate and is not among them.
 *
 * @throws {ViaductError} `allow-list-no-certificate`; {PkiError} `dn-too-long`, `dn-unclear`; as `requireShell` and
 * `RootShell.open`.
 */
export async function knownClients(
  hosts: readonly SetupHost[],
  home: string,
  options: DeployOptions,
): Promise<AllowedClients> {
  const { clients, trusted } = await askHosts(hosts, options);
  const workstation = await workstationClients(hosts, home);
  const listed = [...clients, ...workstation];
  const store = new AuthorityStore(home);
  const all = await Promise.all((await store.names()).map((name) => store.open(name)));
  const fingerprints = new Set(trusted.map(({ fingerprint }) => fingerprint));
  const authorities = all.filter(({ certificate }) => fingerprints.has(certificate.fingerprint));
  return {
    clients: withoutDoubles(listed),
    shutOut: await shutOut(authorities, listed),
    unknownOf: notKnownWholly(trusted, authorities),
    workstation: [...new Set(workstation.map(({ name }) => name))],
  };
}

async function askHosts(
  hosts: readonly SetupHost[],
  { prompts, signal, tell }: DeployOptions,
): Promise<HostAnswers> {
  const answers: HostAnswers = { clients: [], trusted: [] };
  // One after the other: each may ask for a password.
  for (const host of hosts) {
    tell?.(`Reading the name of ${host.name} from its client certificate ...`);
    const root = await RootShell.open(await requireShell(host, signal), host.name, prompts, signal);
    const hand = new CertificateHand(root);
    const [own, authorities] = await Promise.all(
      [libvirtFiles.client.certificate, libvirtFiles.authority].map(async (path) =>
        certificatesIn(await hand.read({ path })),
      ),
    );
    const [leaf] = own ?? [];
    if (leaf === undefined) {
      throw new ViaductError(
        'allow-list-no-certificate',
        `${host.name} has no client certificate at ${libvirtFiles.client.certificate}, so it cannot be let in by name.`,
        { remedy: `Run "viaduct pki deploy" for ${host.name} first.` },
      );
    }
    answers.clients.push(clientOf(host.name, leaf));
    answers.trusted.push(...(authorities ?? []));
  }
  return answers;
}

/** Those that libvirt's own client and ours take by themselves, or by a connect URI that was given out here. */
async function workstationClients(hosts: readonly SetupHost[], home: string): Promise<Client[]> {
  const paths = hosts.map(({ connectUri }) => parseConnectUri(connectUri).parameters.pkipath);
  const own = join(home, 'client-certificates');
  const names = (await readdir(own).catch((): string[] => [])).filter((name) => !name.startsWith('.'));
  const given = names.map((name) => join(own, name));
  const texts = await Promise.all([
    usualClient(),
    ...[...new Set([...paths.filter((path) => path !== undefined), ...given])].map((path) =>
      readFile(join(path, 'clientcert.pem'), 'utf8').catch(() => undefined),
    ),
  ]);
  return texts
    .flatMap((text) => certificatesIn(text).slice(0, 1))
    .map((leaf) => clientOf('this workstation', leaf));
}

async function usualClient(): Promise<string | undefined> {
  try {
    return (await loadTlsCredentials(undefined)).client?.cert.pem.toString('utf8');
  } catch (error) {
    // It could not be used for a connection either.
    if (error instanceof TransportError) return undefined;
    throw error;
  }
}

/** By what was issued here; a certificate that took the place of a listed one is of the same owner. */
async function shutOut(authorities: readonly Authority[], listed: readonly Client[]): Promise<string[]> {
  const now = new Date();
  const issued = (await Promise.all(authorities.map(({ ledger }) => ledger.read())))
    .flatMap((entries) => issuedCertificates(entries, now))
    .filter(({ usedBy, purposes, state }) => {
      return (
        usedBy === 'libvirt' && purposes.includes('client') && (state === 'valid' || state === 'replaced')
      );
    });
  const fingerprints = new Set(listed.map(({ fingerprint }) => fingerprint));
  const owners = new Set([
    ...listed.map(({ owner }) => owner),
    ...issued.filter(({ fingerprint }) => fingerprints.has(fingerprint)).map(({ host }) => host),
  ]);
  return [...new Set(issued.map(({ host }) => host))].filter((host) => !owners.has(host)).sort();
}

/** Authorities that are not here, or whose key is not: others may have been given certificates elsewhere. */
function notKnownWholly(trusted: readonly Certificate[], authorities: readonly Authority[]): string[] {
  const here = new Set(
    authorities.filter(({ hasKey }) => hasKey).map(({ certificate }) => certificate.fingerprint),
  );
  return [...new Set(trusted.filter(({ fingerprint }) => !here.has(fingerprint)).map(({ label }) => label))];
}

function clientOf(owner: string, leaf: Certificate): Client {
  return { owner, name: allowListName(leaf.pem), fingerprint: leaf.fingerprint };
}

function withoutDoubles(clients: readonly Client[]): { owner: string; name: string }[] {
  const byName = new Map(clients.toReversed().map(({ owner, name }) => [name, { owner, name }]));
  return [...byName.values()].toReversed();
}
