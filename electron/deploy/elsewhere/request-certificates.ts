import type { KeyObject } from 'node:crypto';
import { plainKeyPem } from '../../pki/encrypted-key.ts';
import { keyFingerprint, makeKeyPair } from '../../pki/key-kinds.ts';
import type { CertificateNames } from '../../pki/names.ts';
import { requestElsewhere } from '../../pki/sign-elsewhere.ts';
import { makeSigningRequest, readSigningRequest } from '../../pki/signing-request.ts';
import type { SetupHost } from '../../setup/setup-host.ts';
import { openAll } from '../deploy.ts';
import type { DeployedHosts } from '../deployed-hosts.ts';
import { certificateNamesOf } from '../names/host-names.ts';
import { lookUpNames } from '../names/look-up-names.ts';
import type { Report } from '../pki-finding.ts';
import type { DeployOptions, PkiHost } from '../pki-host.ts';
import { reportKeys, requireReplaceable } from '../replace-certificates.ts';
import { filesOf, type Place } from '../trees.ts';
import type { AuthorityInUse } from '../trust.ts';
import { ElsewhereError } from './elsewhere-error.ts';
import { makeHostRequest } from './host-request.ts';
import type { PendingKey, PendingRequests } from './pending-requests.ts';

/** What certificates are asked for and taken with. */
export interface ElsewhereIssuer extends AuthorityInUse {
  known: DeployedHosts;
  pending: PendingRequests;
}

/** A request to be taken to where the authority's key is. */
export interface CertificateRequest {
  host: string;
  tree: Place['tree'];
  purpose: Place['purpose'];
  /** PKCS#10 in PEM form, with the names and purposes that the certificate is to have. */
  pem: string;
}

interface MadeKey {
  key: PendingKey;
  request: string;
}

/**
 * Makes keys on hosts, which wait beside those in use until their certificates come back, and a request for each. What
 * the hosts use does not change. A second call takes the place of the first.
 *
 * @throws {ElsewhereError} `key-here`; otherwise as `deploy`.
 */
export async function requestCertificates(
  hosts: readonly SetupHost[],
  issuer: ElsewhereIssuer,
  report: Report,
  options: DeployOptions,
): Promise<CertificateRequest[]> {
  const { authority, known, pending } = issuer;
  if (authority.hasKey) {
    throw new ElsewhereError('key-here', `The key of ${authority.name} is on this machine.`, {
      side: 'client',
      remedy: 'Run "viaduct pki deploy"; nothing has to be signed elsewhere.',
    });
  }
  const opened = await openAll(hosts, options);
  requireReplaceable(opened);
  options.tell?.('Asking the hosts for the names that they know each other by ...');
  const names = (await lookUpNames(opened)).map(certificateNamesOf);
  await known.remember(hosts);
  const requests: CertificateRequest[] = [];
  for (const [index, host] of opened.entries()) {
    const called = names[index] ?? { dnsNames: [], ipAddresses: [] };
    const keys = await makeKeys(host, called, options);
    const at = new Date();
    for (const { key, request } of keys) {
      const { tree, purpose } = key;
      const order = { host: host.name, usedBy: tree, purposes: [purpose], names: called };
      await requestElsewhere(authority, order, request, at);
      requests.push({ host: host.name, tree, purpose, pem: request });
    }
    await pending.put(host.name, {
      authority: authority.name,
      at: at.toISOString(),
      keys: keys.map(({ key }) => key),
    });
    reportKeys(host, report);
  }
  return requests;
}

async function makeKeys(
  host: PkiHost,
  names: CertificateNames,
  { tell, signal }: DeployOptions,
): Promise<MadeKey[]> {
  const { hand, trees, name } = host;
  await hand.discard(filesOf(trees));
  await hand.makeFolders(trees.folders);
  const keys: MadeKey[] = [];
  for (const place of trees.places) {
    signal?.throwIfAborted();
    tell?.(`Making the ${place.tree} ${place.purpose} key of ${name} ...`);
    keys.push(await makeKeyAndRequest(host, place, names));
  }
  return keys;
}

async function makeKeyAndRequest(
  host: PkiHost,
  { tree, purpose, key: file }: Place,
  names: CertificateNames,
): Promise<MadeKey> {
  const { hand, keyTool } = host;
  const made = (digest: string, publicKey: KeyObject, request: string): MadeKey => ({
    key: { tree, purpose, digest, keyFingerprint: keyFingerprint(publicKey) },
    request,
  });
  if (keyTool !== undefined) {
    const { digest } = await hand.makeKey(keyTool, file);
    const request = await makeHostRequest(host, keyTool, file.path, names, purpose);
    return made(digest, await readSigningRequest(request), request);
  }
  const keys = await makeKeyPair('rsa3072');
  const request = await makeSigningRequest(keys, names, [purpose]);
  const pem = Buffer.from(plainKeyPem(keys.privateKey));
  try {
    return made((await hand.stage(file, pem)).digest, keys.publicKey, request);
  } finally {
    pem.fill(0);
  }
}
