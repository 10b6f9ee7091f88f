import { ViaductError } from '../common/errors.ts';
import { printable } from '../common/printable.ts';
import { deploy, type Issuer } from '../deploy/deploy.ts';
import { checkedNames } from '../deploy/names/given-names.ts';
import type { PkiFinding } from '../deploy/pki-finding.ts';
import type { PkiHost } from '../deploy/pki-host.ts';
import { presentSet, type PresentSet } from '../deploy/present/present-set.ts';
import { previewSet } from '../deploy/present/preview-set.ts';
import { AuthorityStore } from '../pki/authority-store.ts';
import type { CertificateNames } from '../pki/names.ts';
import type { AuthorityInUse } from '../deploy/trust.ts';
import { wantedNames } from './shown-names.ts';
import { findingOnScreen, problemOf } from './wizard-problem.ts';
import type { WizardCertificates, WizardFile } from './wizard-snapshot.ts';
import type { WizardSetting } from './wizard-setting.ts';
import type { HostEntry } from './host-entry.ts';
import type { WizardState } from './wizard-state.ts';
import type { Work } from './work.ts';
import { listed } from './words.ts';

const maxSentence = 500;
const maxReasons = 40;
const maxDiff = 16 * 1024;
const maxFindings = 100;

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
): Promise<Pick<WizardCertificates, 'state' | 'reasons' | 'files'>> {
  const present = await presentSet(opened, inUse, names, new Date(), signal);
  const files = await previewSet(opened, inUse, names, present);
  return {
    state: present.state === 'complete' ? 'there-already' : 'needed',
    reasons: reasonsOf(present),
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

export function hostsToDeploy(hosts: readonly HostEntry[]): HostEntry[] {
  return hosts.filter(({ certificates }) => certificates && !isInPlace(certificates));
}

export function isInPlace({ state }: WizardCertificates): boolean {
  return state === 'there-already' || state === 'deployed';
}

/**
 * Gives new certificates to the hosts that need them, and to no other. What became of it is to be seen by looking
 * again; `settleDeployed` then says it.
 */
export async function deployTo(
  state: WizardState,
  setting: WizardSetting,
  issuer: Issuer,
  entries: readonly HostEntry[],
  work: Work,
): Promise<void> {
  const update = (hostId: string, change: Partial<WizardCertificates>): void => {
    const { certificates } = state.host(hostId);
    if (certificates) state.updateHost(hostId, { certificates: { ...certificates, ...change } });
  };
  for (const { hostId } of entries) update(hostId, { state: 'working', findings: [] });
  const report = (finding: PkiFinding): void => {
    const shown = findingOnScreen(finding);
    for (const { hostId, name } of entries) {
      if (finding.host !== undefined && finding.host !== name) continue;
      const findings = state.host(hostId).certificates?.findings ?? [];
      update(hostId, { findings: [...findings, shown].slice(-maxFindings) });
    }
  };
  const names = new Map(entries.map((entry) => [entry.name, wantedNames(entry)]));
  const targets = entries.map(({ hostId }) => setting.hosts.host(hostId));
  work.tell(`Putting certificates on ${listed(entries.map(({ name }) => name))}`);
  const { prompts, signal, tell } = work;
  await deploy(targets, issuer, report, { prompts, signal, tell, names });
}

/** Says of the hosts that were worked on whether they have what they were to get, as they were just seen. */
export function settleDeployed(state: WizardState, entries: readonly HostEntry[], failure: unknown): void {
  const message = failure instanceof ViaductError ? failure.message : '';
  const blamed = entries.filter(({ name }) => message.includes(name)).map(({ hostId }) => hostId);
  for (const { hostId } of entries) {
    const { certificates } = state.host(hostId);
    if (certificates === undefined) continue;
    const isFailed = failure !== undefined && (blamed.length === 0 || blamed.includes(hostId));
    const outcome = isInPlace(certificates) ? 'deployed' : isFailed ? 'failed' : 'needed';
    state.updateHost(hostId, { certificates: { ...certificates, state: outcome } });
  }
}
