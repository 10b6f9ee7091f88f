import { lookUpNames } from '../deploy/names/look-up-names.ts';
import { chooseAuthority } from '../deploy/choose-authority.ts';
import { ViaductError } from '../common/errors.ts';
import { AuthorityStore } from '../pki/authority-store.ts';
import { findAllowed } from './allowed-clients.ts';
import { compareHosts } from './compare-certificates.ts';
import { hostFacts } from './host-facts.ts';
import { planAll } from './changes.ts';
import { untriedCells } from './proof.ts';
import { isInHand, seeHost, type SeenHost } from './seen-host.ts';
import { problemOf } from './wizard-problem.ts';
import type { WizardSetting } from './wizard-setting.ts';
import type { HostEntry } from './host-entry.ts';
import type { WizardState } from './wizard-state.ts';
import type { Work } from './work.ts';
import { listed } from './words.ts';

/** A host that was seen, with root's hand on it. */
export interface OpenedEntry {
  entry: HostEntry;
  seen: SeenHost & { opened: NonNullable<SeenHost['opened']> };
}

/** Looks at all chosen hosts, and finds out of every step how much of it is there already. */
export async function lookAtAll(state: WizardState, setting: WizardSetting, work: Work): Promise<void> {
  work.tell(`Looking at ${listed(state.hosts.map(({ name }) => name))}`);
  await lookAt(state, setting, work, state.hosts);
  const seen = seenHosts(state);
  if (seen.length < state.hosts.length) return;
  if (state.fields.authority === undefined) await preferAuthority(state, setting, seen);
  work.tell('Asking the hosts for the names that they know each other by');
  await findNames(state, setting, work);
  const all = state.hosts.map(({ hostId }) => hostId);
  await compareHosts(state, setting, work, all);
  await findAllowed(state, setting, work);
  planAll(state);
  state.update({ cells: untriedCells(state.hosts) });
}

const afterCancelMs = 60_000;

/**
 * What is to be known of hosts is found out again after they were changed, also when that was cancelled. Where it
 * cannot be, that is told at the host.
 */
export async function seeAgain(
  state: WizardState,
  setting: WizardSetting,
  work: Work,
  entries: readonly HostEntry[],
): Promise<void> {
  const signal = work.signal.aborted ? AbortSignal.timeout(afterCancelMs) : work.signal;
  const hostIds = entries.map(({ hostId }) => hostId);
  await lookAgain(state, setting, { ...work, signal }, hostIds).catch(() => undefined);
}

async function lookAgain(
  state: WizardState,
  setting: WizardSetting,
  work: Work,
  hostIds: readonly string[],
): Promise<void> {
  work.tell('Seeing what is there now');
  await lookAt(
    state,
    setting,
    work,
    state.hosts.filter(({ hostId }) => hostIds.includes(hostId)),
  );
  await compareHosts(state, setting, work, hostIds);
  await findAllowed(state, setting, work);
  planAll(state);
  state.update({ cells: untriedCells(state.hosts) });
}

/** All chosen hosts with a living hand on each; those whose link is gone are looked at again. */
export async function openedHosts(
  state: WizardState,
  setting: WizardSetting,
  work: Work,
): Promise<OpenedEntry[]> {
  const living = await Promise.all(
    state.hosts.map(async ({ seen }) => seen !== undefined && (await isInHand(seen, work.signal))),
  );
  const gone = state.hosts.filter((_, index) => !living[index]);
  await lookAt(state, setting, work, gone);
  return state.hosts.map((entry) => {
    const { look, seen } = entry;
    if (seen?.opened !== undefined) return { entry, seen: { ...seen, opened: seen.opened } };
    const problem = look.state === 'failed' ? look.problem : undefined;
    throw new ViaductError(
      problem?.code ?? 'wizard-not-looked',
      problem?.message ?? `${entry.name} has not been looked at.`,
      { remedy: problem?.remedy ?? 'Look at the hosts at the step "Hosts".' },
    );
  });
}

function seenHosts(state: WizardState): SeenHost[] {
  return state.hosts.flatMap(({ look, seen }) => (look.state === 'seen' && seen ? [seen] : []));
}

/** All at the same time; what fails is told at its host. */
async function lookAt(
  state: WizardState,
  setting: WizardSetting,
  work: Work,
  entries: readonly HostEntry[],
): Promise<void> {
  const known = await knownAuthorities(setting);
  const look = async ({ hostId }: HostEntry): Promise<void> => {
    state.updateHost(hostId, { look: { state: 'looking' } });
    try {
      const others = state.hosts.flatMap((other) => (other.hostId === hostId ? [] : [other.name]));
      const target = setting.hosts.host(hostId);
      const seen = await seeHost(target, { home: setting.home, others, known }, work);
      const { changes } = state.host(hostId);
      state.updateHost(hostId, {
        seen,
        look: { state: 'seen', facts: hostFacts(seen) },
        // What was told of a setup that was cut off is now told by its journal.
        changes: changes?.state === 'unfinished' ? undefined : changes,
      });
    } catch (error) {
      state.updateHost(hostId, {
        seen: undefined,
        look: work.signal.aborted
          ? { state: 'waiting' }
          : { state: 'failed', problem: problemOf(error, hostId) },
      });
    }
  };
  await Promise.all(entries.map(look));
  work.signal.throwIfAborted();
}

/** Fingerprints of our authorities by name; one that cannot be read is told where it is chosen. */
async function knownAuthorities({ home }: WizardSetting): Promise<Map<string, string>> {
  const store = new AuthorityStore(home);
  const known = new Map<string, string>();
  for (const name of await store.names()) {
    const authority = await store.open(name).catch(() => undefined);
    if (authority) known.set(name, authority.certificate.fingerprint);
  }
  return known;
}

/** The one that all hosts trust already; else the only one that there is. */
async function preferAuthority(
  state: WizardState,
  { home }: WizardSetting,
  seen: readonly SeenHost[],
): Promise<void> {
  const [first, ...others] = seen.map(({ authorities }) => authorities);
  const shared = first?.filter((name) => others.every((names) => names.includes(name))) ?? [];
  const only = async (): Promise<string | undefined> => {
    try {
      return (await chooseAuthority(new AuthorityStore(home), undefined)).name;
    } catch (error) {
      if (error instanceof ViaductError) return undefined;
      throw error;
    }
  };
  state.update({ authority: shared.length === 1 ? shared[0] : await only() });
}

async function findNames(state: WizardState, setting: WizardSetting, work: Work): Promise<void> {
  const opened = await openedHosts(state, setting, work);
  const found = await lookUpNames(opened.map(({ seen }) => seen.opened));
  for (const [index, { entry }] of opened.entries()) state.updateHost(entry.hostId, { found: found[index] });
}
