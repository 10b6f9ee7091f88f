import { deploy, type Issuer } from '../deploy/deploy.ts';
import type { Report } from '../deploy/pki-finding.ts';
import { undoSet } from '../deploy/undo-set.ts';
import { AuthorityStore } from '../pki/authority-store.ts';
import type { HostEntry } from './host-entry.ts';
import { seeAgain } from './looking.ts';
import { wantedNames } from './shown-names.ts';
import { blamedHost, findingOnScreen } from './wizard-problem.ts';
import type { WizardSetting } from './wizard-setting.ts';
import type { WizardCertificates } from './wizard-snapshot.ts';
import type { WizardState } from './wizard-state.ts';
import type { Work } from './work.ts';

const maxFindings = 100;

export function hostsToDeploy(hosts: readonly HostEntry[]): HostEntry[] {
  return hosts.filter(({ certificates }) => certificates && !isInPlace(certificates));
}

export function isInPlace({ state }: WizardCertificates): boolean {
  return state === 'there-already' || state === 'deployed';
}

/**
 * Gives new certificates to the hosts that need them, and to no other, and sees what became of it.
 *
 * @throws as `deploy`.
 */
export async function deployTo(
  state: WizardState,
  setting: WizardSetting,
  issuer: Issuer,
  entries: readonly HostEntry[],
  work: Work,
): Promise<void> {
  const names = new Map(entries.map((entry) => [entry.name, wantedNames(entry)]));
  const targets = entries.map(({ hostId }) => setting.hosts.host(hostId));
  begin(state, entries);
  try {
    await deploy(targets, issuer, reporter(state, entries), { ...work, names });
    await seeAgain(state, setting, work, entries);
    settle(state, entries, 'deployed', undefined);
  } catch (error) {
    await seeAgain(state, setting, work, entries);
    settle(state, entries, 'deployed', work.signal.aborted ? undefined : error);
    throw error;
  }
}

/** Puts back the certificates that a host had before. @throws as `undoSet`. */
export async function undoCertificatesOf(
  state: WizardState,
  setting: WizardSetting,
  entry: HostEntry,
  work: Work,
): Promise<void> {
  begin(state, [entry]);
  try {
    const target = setting.hosts.host(entry.hostId);
    await undoSet(target, new AuthorityStore(setting.home), reporter(state, [entry]), work);
  } finally {
    await seeAgain(state, setting, work, [entry]);
    settle(state, [entry], 'there-already', undefined);
  }
}

function begin(state: WizardState, entries: readonly HostEntry[]): void {
  for (const { hostId } of entries) update(state, hostId, { state: 'working', findings: [] });
}

function update(state: WizardState, hostId: string, change: Partial<WizardCertificates>): void {
  const { certificates } = state.host(hostId);
  if (certificates) state.updateHost(hostId, { certificates: { ...certificates, ...change } });
}

/** Findings go to the host that they name, else to all that are worked on. */
function reporter(state: WizardState, entries: readonly HostEntry[]): Report {
  return (finding) => {
    const shown = findingOnScreen(finding);
    for (const { hostId, name } of entries) {
      if (finding.host !== undefined && finding.host !== name) continue;
      const findings = state.host(hostId).certificates?.findings ?? [];
      update(state, hostId, { findings: [...findings, shown].slice(-maxFindings) });
    }
  };
}

/** Says of the hosts that were worked on whether they have what they were to get, as they were just seen. */
function settle(
  state: WizardState,
  entries: readonly HostEntry[],
  inPlace: 'deployed' | 'there-already',
  failure: unknown,
): void {
  const blamed = blamedHost(failure, entries);
  for (const { hostId } of entries) {
    const { certificates } = state.host(hostId);
    if (certificates === undefined) continue;
    const isFailed = failure !== undefined && (blamed === undefined || blamed === hostId);
    const outcome = isInPlace(certificates) ? inPlace : isFailed ? 'failed' : 'needed';
    update(state, hostId, { state: outcome });
  }
}
