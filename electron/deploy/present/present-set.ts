import { messageOf } from '../../common/errors.ts';
import { HostChangeError } from '../../common/host/host-errors.ts';
import { parseCertificates, type Certificate } from '../../pki/certificate.ts';
import { revocations } from '../../pki/ledger-view.ts';
import type { CertificateNames } from '../../pki/names.ts';
import type { PkiHost } from '../pki-host.ts';
import type { Trust } from '../replace-certificates.ts';
import { servedCertificate } from '../served.ts';
import { filesOf, type Place, type TreeFile } from '../trees.ts';
import { trustIn, type AuthorityInUse } from '../trust.ts';
import { fileFacts, ownershipFault, type FileFacts } from './file-facts.ts';
import { folderNote, presentFolder, type PresentFolder } from './folders.ts';
import {
  judgeAuthorities,
  judgeCertificate,
  judgeKey,
  judgeRevocations,
  type Judgement,
  type Wanted,
} from './judge-set.ts';
import { publicHalf } from './key-fit.ts';
import { authoritiesSummary, certificateSummary, revocationsSummary } from './summaries.ts';
import { fileWords } from './words.ts';

/** A file of the trees as it stands. The content of keys is never read. */
export interface PresentFile {
  file: TreeFile;
  /** In words, as "certificate of QEMU's server". */
  what: string;
  /** `undefined`: it is not there. */
  found: FileFacts | undefined;
  /** What is wrong with owner and mode; `undefined`: nothing. */
  fault: string | undefined;
  /** What is in it, in lines for a person; empty for keys. */
  summary: string;
}

/** What a host has of a set of certificates. */
export interface PresentSet {
  host: string;
  /** `complete`: nothing is to be done. What could not be seen is a reason to make a new set, never complete. */
  state: 'absent' | 'complete' | 'needs-new';
  /** Why it is not complete, a sentence each. */
  reasons: string[];
  /** What a new set would not mend, or does not have to, a sentence each. */
  notes: string[];
  files: PresentFile[];
  folders: PresentFolder[];
  /** When the first of its certificates expires. */
  until: Date | undefined;
}

/**
 * Looks at what a host has of both trees; changes nothing. Whether key and certificate fit is judged on the host.
 *
 * @param names that the servers' certificates are to have, no more and no less; `undefined`: whatever they have.
 * @throws {PkiError} of a damaged authority.
 */
export async function presentSet(
  host: PkiHost,
  inUse: AuthorityInUse,
  names: CertificateNames | undefined,
  now: Date,
  signal?: AbortSignal,
): Promise<PresentSet> {
  const { trees, probe, name } = host;
  const { authority } = inUse;
  const paths = [...trees.folders, ...filesOf(trees)].map(({ path }) => path);
  const facts = await fileFacts(probe, paths);
  const read = await readPublicFiles(host, facts);
  const wanted: Wanted = {
    authority,
    revoked: new Set(revocations(await authority.ledger.read()).map(({ serial }) => serial)),
    names,
    libvirtVersion: host.facts.libvirt.number,
    now,
  };
  const files = filesOf(trees).map((file) => presentFile(file, facts.get(file.path), read));
  const folders = trees.folders.map((folder) => presentFolder(folder, facts.get(folder.path)));
  const leaves = trees.places.map((place) => ({ place, leaf: certificatesIn(read, place.certificate)[0] }));
  const first = leaves
    .flatMap(({ leaf }) => leaf?.notAfter ?? [])
    .toSorted((a, b) => a.getTime() - b.getTime())[0];
  const rest = { host: name, files, folders, until: first };
  const isAbsent = trees.places.every(
    ({ key, certificate }) => !facts.has(key.path) && !facts.has(certificate.path),
  );
  if (isAbsent) {
    return {
      ...rest,
      state: 'absent',
      reasons: [`${name} has no certificates yet.`],
      notes: folders.flatMap(folderNote),
    };
  }
  const judgements = [
    filesJudgement(files, folders, read),
    ...judgeTrust(host, read, await trustIn(inUse, now), now),
    ...(await Promise.all(leaves.map(({ place, leaf }) => judgePlace(host, facts, place, leaf, wanted)))),
    await judgeServed(
      host,
      leaves.find(({ place }) => place.tree === 'libvirt' && place.purpose === 'server')?.leaf,
      signal,
    ),
  ];
  const reasons = [...new Set(judgements.flatMap((one) => one.reasons))];
  const notes = [...new Set(judgements.flatMap((one) => one.notes))];
  return { ...rest, state: reasons.length === 0 ? 'complete' : 'needs-new', reasons, notes };
}

/** Text by path, or why it could not be read. */
type ReadFile = { text: string } | { unread: string };
type ReadFiles = ReadonlyMap<string, ReadFile>;

async function readPublicFiles(
  { hand, trees }: PkiHost,
  facts: ReadonlyMap<string, FileFacts>,
): Promise<ReadFiles> {
  const files = filesOf(trees).filter(({ part, path }) => part !== 'key' && facts.has(path));
  const entries = await Promise.all(
    files.map(async (file): Promise<[string, ReadFile]> => {
      try {
        return [file.path, { text: (await hand.read(file)) ?? '' }];
      } catch (error) {
        if (!(error instanceof HostChangeError)) throw error;
        return [file.path, { unread: messageOf(error) }];
      }
    }),
  );
  return new Map(entries);
}

function textOf(read: ReadFiles, { path }: TreeFile): string | undefined {
  const one = read.get(path);
  return one !== undefined && 'text' in one ? one.text : undefined;
}

function certificatesIn(read: ReadFiles, file: TreeFile): Certificate[] {
  try {
    return parseCertificates(textOf(read, file) ?? '');
  } catch {
    return [];
  }
}

const summaries = {
  authority: authoritiesSummary,
  revocations: revocationsSummary,
  certificate: certificateSummary,
  key: () => '',
} as const;

function presentFile(file: TreeFile, found: FileFacts | undefined, read: ReadFiles): PresentFile {
  const text = textOf(read, file);
  return {
    file,
    what: fileWords(file),
    found,
    fault: found && ownershipFault(found, file),
    summary: text === undefined ? '' : summaries[file.part](text),
  };
}

function filesJudgement(
  files: readonly PresentFile[],
  folders: readonly PresentFolder[],
  read: ReadFiles,
): Judgement {
  const needed = files.filter(({ file }) => file.part !== 'revocations');
  return {
    reasons: [
      ...needed.flatMap(({ file, what, found }) => (found ? [] : [`${file.path} is missing (${what}).`])),
      ...files.flatMap(({ file, fault }) => (fault === undefined ? [] : [`${file.path} ${fault}.`])),
      ...folders.flatMap(({ folder, openedTo }) =>
        openedTo === undefined ? [] : [`${folder.path} does not let QEMU's group in.`],
      ),
      ...[...read.values()].flatMap((one) => ('unread' in one ? [one.unread] : [])),
    ],
    notes: folders.flatMap(folderNote),
  };
}

function judgeTrust({ trees }: PkiHost, read: ReadFiles, trust: Trust, now: Date): Judgement[] {
  return [
    ...trees.authorities.map((file) => judgeAuthorities(file.path, certificatesIn(read, file), trust, now)),
    ...trees.revocations.map((file) => judgeRevocations(file.path, textOf(read, file), trust)),
  ];
}

async function judgePlace(
  host: PkiHost,
  facts: ReadonlyMap<string, FileFacts>,
  place: Place,
  leaf: Certificate | undefined,
  wanted: Wanted,
): Promise<Judgement> {
  const { key, certificate } = place;
  const judged = leaf && judgeCertificate(place, leaf, wanted);
  const unread = leaf === undefined && facts.has(certificate.path);
  return {
    reasons: [
      ...(unread ? [`${certificate.path} holds no certificate that can be read.`] : []),
      ...(judged?.reasons ?? []),
      ...(facts.has(key.path) ? judgeKey(place, await publicHalf(host, key.path), leaf) : []),
    ],
    notes: judged?.notes ?? [],
  };
}

/** A daemon that goes on with other files than those that are in place has to read them. */
async function judgeServed(
  host: PkiHost,
  leaf: Certificate | undefined,
  signal: AbortSignal | undefined,
): Promise<Judgement> {
  const { name, facts } = host;
  if (!facts.tls.listening || leaf === undefined) return { reasons: [], notes: [] };
  const served = await servedCertificate(host, [], signal);
  if (served === undefined) {
    return { reasons: [], notes: [`Nobody could see which certificate the daemon of ${name} shows.`] };
  }
  const isSame = served.certificate.fingerprint === leaf.fingerprint;
  return {
    reasons: isSame ? [] : [`The daemon of ${name} shows another certificate than the one in its files.`],
    notes: [],
  };
}
