import { printable } from '../common/printable.ts';
import { checkedNames } from '../deploy/names/given-names.ts';
import type { PkiHost } from '../deploy/pki-host.ts';
import { presentSet, type PresentSet } from '../deploy/present/present-set.ts';
import { previewSet } from '../deploy/present/preview-set.ts';
import { AuthorityStore } from '../pki/authority-store.ts';
import type { CertificateNames } from '../pki/names.ts';
import type { AuthorityInUse } from '../deploy/trust.ts';
import { wantedNames } from './shown-names.ts';
import { problemOf } from './wizard-problem.ts';
import type { WizardCertificates, WizardFile } from './wizard-snapshot.ts';
import type { WizardSetting } from './wizard-setting.ts';
import type { HostEntry } from './host-entry.ts';
import type { WizardState } from './wizard-state.ts';
import type { Work } from './work.ts';

const maxSentence = 500;
const maxReasons = 40;
const maxDiff = 16 * 1024;

const nothingKnown = { reasons: [], files: [], findings: [], undoable: false };

/** Holds what hosts have against what they are to have, by the authority and the names as they are chosen now. */
export async function compareHosts(
  state: WizardState,
  { home }: WizardSetting,
  work: Work,
  hostIds: readonly string[],
): Promise<void> {
  const { authority: name } = state.fields;
  if (name === undefined) return;
  const store = new AuthorityStore(home);
  const inUse: AuthorityInUse = { store, authority: await store.open(name) };
  const names = namesByHost(state.hosts);
  work.tell('Seeing which certificates are there');
  const compare = async (entry: HostEntry): Promise<void> => {
    const { hostId, seen, certificates: before } = entry;
    const wanted = names.get(entry.name);
    if (seen?.opened === undefined || wanted === undefined) return;
    const base = { hostId, ...nothingKnown, ...(before && { findings: before.findings }) };
    state.updateHost(hostId, { certificates: { ...base, state: 'looking' } });
    try {
      const compared = await compareOne(seen.opened, inUse, wanted, work.signal);
      const wasMade = before?.state === 'deployed' && compared.state === 'there-already';
      const now = { ...base, ...compared, ...(wasMade && { state: 'deployed' as const }) };
      state.updateHost(hostId, { certificates: now });
    } catch (error) {
      if (work.signal.aborted) state.updateHost(hostId, { certificates: undefined });
      else {
        const reasons = [printable(problemOf(error).message, maxSentence)];
        state.updateHost(hostId, { certificates: { ...base, state: 'failed', reasons } });
        throw error;
      }
    }
  };
  const entries = state.hosts.filter(({ hostId }) => hostIds.includes(hostId));
  const failed = (await Promise.allSettled(entries.map(compare))).find(({ status }) => status === 'rejected');
  work.signal.throwIfAborted();
  if (failed?.status === 'rejected') throw failed.reason;
}

async function compareOne(
  opened: PkiHost,
  inUse: AuthorityInUse,
  names: CertificateNames,
  signal: AbortSignal,
): Promise<Omit<WizardCertificates, 'hostId' | 'findings'>> {
  const present = await presentSet(opened, inUse, names, new Date(), signal);
  const files = await previewSet(opened, inUse, names, present);
  const replaced = await opened.hand.replacedSet();
  return {
    state: present.state === 'complete' ? 'there-already' : 'needed',
    reasons: reasonsOf(present),
    undoable: replaced !== undefined && replaced.files.length > 0,
    files: files.map((file): WizardFile => ({
      ...file,
      path: printable(file.path, maxSentence),
      what: printable(file.what, maxSentence),
      diff: printable(file.diff, maxDiff),
    })),
  };
}

function reasonsOf({ state, reasons, notes, until }: PresentSet): string[] {
  const inOrder =
    state === 'complete' && until ? [`In order, until ${until.toISOString().slice(0, 10)}.`] : [];
  return [...inOrder, ...reasons, ...notes]
    .slice(0, maxReasons)
    .map((sentence) => printable(sentence, maxSentence));
}

/** @throws BadInputError as `checkedNames`. */
export function namesByHost(
  hosts: readonly Pick<HostEntry, 'name' | 'given' | 'found'>[],
): Map<string, CertificateNames> {
  const given = new Map(hosts.map((host) => [host.name, wantedNames(host)]));
  const called = hosts.map(({ name }) => name);
  const checked = checkedNames(called, given);
  return new Map(
    called.flatMap((name, index) => {
      const names = checked[index];
      return names ? [[name, names] as const] : [];
    }),
  );
}
