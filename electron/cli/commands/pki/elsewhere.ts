import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../../../common/atomic-file.ts';
import { BadInputError } from '../../../common/errors.ts';
import { chooseAuthority } from '../../../deploy/choose-authority.ts';
import { DeployedHosts } from '../../../deploy/deployed-hosts.ts';
import { acceptCertificates } from '../../../deploy/elsewhere/accept-certificates.ts';
import type { AnswerFile } from '../../../deploy/elsewhere/match-answers.ts';
import { PendingRequests } from '../../../deploy/elsewhere/pending-requests.ts';
import {
  requestCertificates,
  type CertificateRequest,
  type ElsewhereIssuer,
} from '../../../deploy/elsewhere/request-certificates.ts';
import { AuthorityStore } from '../../../pki/authority-store.ts';
import { maxBundleBytes } from '../../../pki/certificate.ts';
import type { SetupHost } from '../../../setup/setup-host.ts';
import { writeJsonLine } from '../../output/json-lines.ts';
import { printable } from '../../output/printable.ts';
import type { DeployRequest } from './deploy.ts';
import { FindingReporter, reportFailure, reportIssued } from './deploy-report.ts';
import { inWords, readInputFile } from './input-file.ts';

export interface ElsewhereRequest extends Omit<DeployRequest, 'passphraseFile'> {
  /** Where requests are written to, or certificates are taken from. */
  folder: string;
}

/** More than any answer for hundreds of hosts. */
const maxAnswers = 4096;

/** Makes keys on hosts and writes a request for each, to be signed where the authority's key is. */
export async function runRequest(hosts: readonly SetupHost[], request: ElsewhereRequest): Promise<number> {
  const { folder, json, prompts, signal } = request;
  const reporter = new FindingReporter(json);
  const issuer = await openElsewhere(request);
  await makeFolder(folder);
  try {
    const options = { prompts, signal, tell: reporter.tell };
    const requests = await requestCertificates(hosts, issuer, reporter.report, options);
    for (const one of requests) await writeRequest(folder, one, json);
    if (!json) {
      process.stdout.write(
        `Have them signed by ${issuer.authority.name}, with the names and purposes that they hold, then run "viaduct pki accept". The hosts use what they used until then.\n`,
      );
    }
    return reporter.exitCode;
  } catch (error) {
    return reportFailure(error, signal);
  }
}

/** Takes signed certificates to the hosts that asked for them, and puts them in use. */
export async function runAccept(hosts: readonly SetupHost[], request: ElsewhereRequest): Promise<number> {
  const { folder, json, prompts, signal } = request;
  const reporter = new FindingReporter(json);
  const issuer = await openElsewhere(request);
  const files = await readAnswers(folder);
  try {
    const options = { prompts, signal, tell: reporter.tell };
    const issued = await acceptCertificates(hosts, issuer, files, reporter.report, options);
    reportIssued(issuer.authority.name, issued, json);
    return reporter.exitCode;
  } catch (error) {
    return reportFailure(error, signal);
  }
}

async function openElsewhere({ home, ca }: Pick<ElsewhereRequest, 'home' | 'ca'>): Promise<ElsewhereIssuer> {
  const store = new AuthorityStore(home);
  const authority = await chooseAuthority(store, ca);
  return { store, authority, known: new DeployedHosts(home), pending: new PendingRequests(home) };
}

async function writeRequest(
  folder: string,
  { host, tree, purpose, pem }: CertificateRequest,
  json: boolean,
): Promise<void> {
  const name = `${host}-${tree}-${purpose}.csr`.replaceAll(/[^A-Za-z0-9._-]/g, '_');
  const path = join(folder, name);
  await writeFileAtomically(path, pem, 0o644);
  if (json) writeJsonLine('request', { host, tree, purpose, path });
  else process.stdout.write(`${printable(path)}\n`);
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    throw folderError(path, cause);
  }
}

/** Every file but the requests themselves; which of them are certificates is seen by what is in them. */
async function readAnswers(folder: string): Promise<AnswerFile[]> {
  let names: string[];
  try {
    const found = await readdir(folder, { withFileTypes: true });
    names = found.filter((item) => item.isFile() && !item.name.endsWith('.csr')).map(({ name }) => name);
  } catch (cause) {
    throw folderError(folder, cause);
  }
  if (names.length > maxAnswers) throw folderError(folder, new Error('there are far too many files in it'));
  const files: AnswerFile[] = [];
  for (const name of names) {
    files.push({ name, text: await readInputFile(join(folder, name), 'certificate', maxBundleBytes) });
  }
  return files;
}

function folderError(path: string, cause: unknown): BadInputError {
  return new BadInputError('bad-folder', `The folder ${path} cannot be used: ${inWords(cause)}.`, {
    cause,
    side: 'client',
    remedy: 'Name a folder that this user may use.',
  });
}
