import { validatePair } from '../deploy/validate/validate.ts';
import type { PkiFinding } from '../deploy/pki-finding.ts';
import type { PkiHost } from '../deploy/pki-host.ts';
import { roundsOf } from './rounds.ts';
import { findingOnScreen, problemOf } from './wizard-problem.ts';
import type { CellState, WizardCell } from './wizard-snapshot.ts';
import type { HostEntry } from './host-entry.ts';
import type { WizardState } from './wizard-state.ts';
import type { Work } from './work.ts';

type Mark = WizardCell['control'];

const states: Readonly<Record<PkiFinding['level'], CellState>> = {
  ok: 'proven',
  info: 'warning',
  warning: 'warning',
  error: 'failed',
  unknown: 'unknown',
};

/** Every direction of every pair, not tried yet. */
export function untriedCells(hosts: readonly Pick<HostEntry, 'hostId'>[]): WizardCell[] {
  const waiting: Mark = { state: 'waiting', finding: undefined };
  return hosts.flatMap(({ hostId: fromHostId }) =>
    hosts
      .filter(({ hostId }) => hostId !== fromHostId)
      .map(({ hostId: toHostId }) => ({
        fromHostId,
        toHostId,
        control: waiting,
        data: waiting,
        triedAtMs: undefined,
      })),
  );
}

/**
 * Tries every direction of every pair by real handshakes, and fills the cells as they answer. A host that cannot be
 * asked leaves its cells unknown, never proven.
 */
export async function proveAll(
  state: WizardState,
  hosts: readonly { hostId: string; opened: PkiHost }[],
  { signal, tell }: Work,
): Promise<void> {
  state.update({ cells: untriedCells(hosts) });
  for (const round of roundsOf(hosts)) {
    signal.throwIfAborted();
    const words = round.map(([from, to]) => `${from.opened.name} to ${to.opened.name}`);
    tell(`Shaking hands from ${words.slice(0, 2).join(', ')}${words.length > 2 ? ', ...' : ''}`);
    await Promise.all(round.map(([from, to]) => provePair(state, from, to, signal)));
  }
}

async function provePair(
  state: WizardState,
  from: { hostId: string; opened: PkiHost },
  to: { hostId: string; opened: PkiHost },
  signal: AbortSignal,
): Promise<void> {
  const cell = { fromHostId: from.hostId, toHostId: to.hostId };
  const trying: Mark = { state: 'trying', finding: undefined };
  setCell(state, { ...cell, control: trying, data: trying, triedAtMs: undefined });
  const report = (given: PkiFinding): void => {
    const finding = findingOnScreen(given);
    const mark: Mark = { state: states[finding.level], finding };
    const change = finding.id.startsWith('pki.data.') ? { data: mark } : { control: mark };
    setCell(state, { ...cell, ...change, triedAtMs: Date.now() });
  };
  try {
    await validatePair(from.opened, to.opened, report, { signal });
  } catch (error) {
    const { message, remedy } = problemOf(error);
    const unknown: Mark = signal.aborted
      ? { state: 'waiting', finding: undefined }
      : {
          state: 'unknown',
          finding: {
            id: 'pki.handshake',
            side: 'between',
            from: from.opened.name,
            to: to.opened.name,
            level: 'unknown',
            summary: `${from.opened.name} to ${to.opened.name}: could not be tried, because ${message}`,
            remedy,
          },
        };
    endTrying(state, cell, unknown, signal.aborted ? undefined : Date.now());
  }
}

function setCell(
  state: WizardState,
  change: Pick<WizardCell, 'fromHostId' | 'toHostId'> & Partial<WizardCell>,
): void {
  const cells = state.fields.cells.map((cell) =>
    cell.fromHostId === change.fromHostId && cell.toHostId === change.toHostId
      ? { ...cell, ...change }
      : cell,
  );
  state.update({ cells });
}

/** What was answered before stays. */
function endTrying(
  state: WizardState,
  of: Pick<WizardCell, 'fromHostId' | 'toHostId'>,
  mark: Mark,
  triedAtMs: number | undefined,
): void {
  const cells = state.fields.cells.map((cell) => {
    if (cell.fromHostId !== of.fromHostId || cell.toHostId !== of.toHostId) return cell;
    const end = (one: Mark): Mark => (one.state === 'trying' ? mark : one);
    return { ...cell, control: end(cell.control), data: end(cell.data), triedAtMs };
  });
  state.update({ cells });
}
