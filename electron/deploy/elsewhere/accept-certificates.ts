import { digestHostFiles } from '../../common/host/host-files.ts';
import type { Authority } from '../../pki/authority.ts';
import { readLeaf, type IssuedPem } from '../../pki/issue.ts';
import type { IssuedEntry } from '../../pki/ledger-entries.ts';
import { acceptFromElsewhere } from '../../pki/sign-elsewhere.ts';
import type { SetupHost } from '../../setup/setup-host.ts';
import type { StagedFile } from '../certificate-hand.ts';
import { stagedPath } from '../certificate-script.ts';
import { openAll, tellChangeOfTrust } from '../deploy.ts';
import type { Report } from '../pki-finding.ts';
import type { DeployOptions, PkiHost } from '../pki-host.ts';
import { putSetsInUse, requireReplaceable, stageTrust, type StagedSet } from '../replace-certificates.ts';
import { filesOf, type Place } from '../trees.ts';
import { trustIn } from '../trust.ts';
import { ElsewhereError } from './elsewhere-error.ts';
import { matchAnswers, type AnswerFile } from './match-answers.ts';
import type { PendingKey, PendingRequest } from './pending-requests.ts';
import type { ElsewhereIssuer } from './request-certificates.ts';

/** A key that waits on a host, with what came back for it. */
interface Answered {
  place: Place;
  key: StagedFile;
  answer: AnswerFile;
}

/**
 * Takes certificates that were signed elsewhere to the hosts whose keys wait for them, and puts the sets in use as
 * `deploy` does. May be repeated with the same files while a host was not reached.
 *
 * @throws {ElsewhereError} `request-missing`, `request-gone`, `answers-missing`, `answers-contradict`; {PkiError}
 * `certificate-unfit`; otherwise as `deploy`. Nothing has changed then but on hosts that were reported as done.
 */
export async function acceptCertificates(
  hosts: readonly SetupHost[],
  issuer: ElsewhereIssuer,
  files: readonly AnswerFile[],
  report: Report,
  options: DeployOptions,
): Promise<IssuedEntry[]> {
  const { authority, pending } = issuer;
  const requests = await pending.read();
  const answers = hosts.map(({ name }) =>
    matchAnswers(name, requestOf(requests, name, authority).keys, files),
  );
  const opened = await openAll(hosts, options);
  requireReplaceable(opened);
  const answered: Answered[][] = [];
  for (const [index, host] of opened.entries()) {
    answered.push(await waitingKeys(host, answers[index] ?? new Map<PendingKey, AnswerFile>()));
  }
  const now = new Date();
  const issued = new Map<Answered, IssuedPem>();
  for (const one of answered.flat()) issued.set(one, await acceptOnce(authority, one.answer.text, now));
  await tellChangeOfTrust(opened, issuer, now, report);
  await issuer.known.remember(hosts);
  const trust = await trustIn(issuer, now);
  const staged: StagedSet[] = [];
  for (const [index, host] of opened.entries()) {
    options.signal?.throwIfAborted();
    options.tell?.(`Bringing its certificates to ${host.name} ...`);
    await discardAround(host);
    const set: StagedSet = { host, files: await stageTrust(host, trust), issued: [] };
    for (const one of answered[index] ?? []) {
      const signed = issued.get(one);
      if (signed === undefined) continue;
      set.files.push(one.key, await host.hand.stage(one.place.certificate, Buffer.from(signed.pem)));
      set.issued.push(signed.entry);
    }
    staged.push(set);
  }
  return useSets(staged, issuer, report, options);
}

/** A host whose set is in use waits for nothing any more, also where a later one fails. */
async function useSets(
  staged: readonly StagedSet[],
  { pending }: ElsewhereIssuer,
  report: Report,
  options: DeployOptions,
): Promise<IssuedEntry[]> {
  const waiting = new Set(staged.map(({ host }) => host));
  try {
    const issued = await putSetsInUse(staged, report, options, async (left) => {
      await Promise.allSettled(left.map(discardAround));
      for (const host of waiting) if (!left.includes(host)) await pending.remove(host.name);
      waiting.clear();
    });
    return issued;
  } finally {
    for (const { name } of waiting) await pending.remove(name);
  }
}

function requestOf(
  requests: ReadonlyMap<string, PendingRequest>,
  host: string,
  { name }: Authority,
): PendingRequest {
  const request = requests.get(host);
  if (request?.authority === name) return request;
  throw new ElsewhereError('request-missing', `No request of ${host} to ${name} is open.`, {
    side: 'client',
    remedy: `Run "viaduct pki request" for ${host} first.`,
  });
}

/** @throws {ElsewhereError} `request-gone` when another deployment took the keys away, or put others there. */
async function waitingKeys(
  { name, root, trees }: PkiHost,
  answers: ReadonlyMap<PendingKey, AnswerFile>,
): Promise<Answered[]> {
  const digests = await digestHostFiles(
    root,
    trees.places.map(({ key }) => stagedPath(key.path)),
  );
  return [...answers].map(([wanted, answer]) => {
    const place = trees.places.find(
      ({ tree, purpose }) => tree === wanted.tree && purpose === wanted.purpose,
    );
    if (place !== undefined && digests[stagedPath(place.key.path)] === wanted.digest) {
      return { place, key: { file: place.key, digest: wanted.digest }, answer };
    }
    throw new ElsewhereError(
      'request-gone',
      `The keys that the certificates are for are no longer on ${name}: other certificates were put there since.`,
      { remedy: `Run "viaduct pki request" for ${name} again, and have the new requests signed.` },
    );
  });
}

/** What an earlier run accepted is taken again. */
async function acceptOnce(authority: Authority, text: string, now: Date): Promise<IssuedPem> {
  const leaf = readLeaf(text);
  const entries = await authority.ledger.read();
  const earlier = entries
    .filter((entry) => entry.type === 'issued')
    .find(({ fingerprint }) => fingerprint === leaf.fingerprint);
  return earlier === undefined
    ? acceptFromElsewhere(authority, text, now)
    : { pem: leaf.pem, entry: earlier };
}

/** Whatever waits beside the files in use, but for the keys. */
async function discardAround({ hand, trees }: PkiHost): Promise<void> {
  await hand.discard(filesOf(trees).filter(({ part }) => part !== 'key'));
}
