import { noJournal, type RunJournal } from '../../../electron/engine/journal/run-journal.ts';
import { defaultLimits } from '../../../electron/engine/run/limits.ts';
import { MigrationRun } from '../../../electron/engine/run/migration-run.ts';
import type { OpenRelay } from '../../../electron/engine/run/open-run.ts';
import type { MigrationProgress, MigrationResult, Phase } from '../../../electron/engine/outcome.ts';
import type { RunAction } from '../../../electron/engine/run/run-report.ts';
import type { MigrationPlan } from '../../../electron/engine/plan.ts';
import { SimulatedStorage } from '../../fakes/simulated-storage.ts';
import { TwoHosts } from '../../fakes/two-hosts.ts';
import type { PeerFault, SimulatedFault } from '../../fakes/simulated-fault.ts';
import { VirtualClock } from '../../fakes/virtual-clock.ts';
import { planFor } from './migration-plan.ts';

export interface Scenario {
  plan?: MigrationPlan;
  fault?: SimulatedFault;
  peerFault?: PeerFault;
  paused?: boolean;
  persistent?: boolean;
  shutOff?: boolean;
  definedBefore?: boolean;
  /** Cancels when this is reported, so many times over. */
  cancelAt?: { phase: Phase; state: 'begin' | 'end' };
  cancelTimes?: number;
  journal?: RunJournal;
  openRelay?: OpenRelay;
  /** Cancels so long after the start. */
  cancelAfterMs?: number;
  /** Told of each action, with what can be done then. */
  onAction?: (action: RunAction, migration: MigrationRun) => void;
  arrange?: (hosts: TwoHosts) => void;
  arrangeStorage?: (storage: SimulatedStorage) => void;
  /** Called at every report, to do something to the hosts at that very phase. */
  onPhase?: (
    event: { phase: Phase; state: 'begin' | 'end' },
    hosts: TwoHosts,
    migration: MigrationRun,
  ) => void;
}

export interface Simulation {
  result: MigrationResult;
  hosts: TwoHosts;
  storage: SimulatedStorage;
  phases: string[];
  progress: MigrationProgress[];
  actions: RunAction[];
  /** The last answer. */
  cancelAnswer: { accepted: boolean; sentence: string } | undefined;
  migration: MigrationRun;
}

/** Runs one migration between the simulated hosts to its end, in virtual time. */
export async function simulate(scenario: Scenario = {}): Promise<Simulation> {
  const clock = new VirtualClock();
  const storage = new SimulatedStorage();
  scenario.arrangeStorage?.(storage);
  const hosts = new TwoHosts(clock, {
    paused: scenario.paused ?? false,
    persistent: scenario.persistent ?? true,
    shutOff: scenario.shutOff ?? false,
    definedBefore: scenario.definedBefore ?? false,
  });
  hosts.fault = scenario.fault;
  hosts.peerFault = scenario.peerFault;
  scenario.arrange?.(hosts);
  const phases: string[] = [];
  const progress: MigrationProgress[] = [];
  const actions: RunAction[] = [];
  let cancelAnswer: Simulation['cancelAnswer'];
  const migration: MigrationRun = new MigrationRun(
    {
      plan: scenario.plan ?? planFor({}, { persistent: scenario.persistent ?? true }),
      source: hosts.source,
      destination: hosts.destination,
      storage,
      journal: scenario.journal ?? noJournal,
      clock,
      limits: { ...defaultLimits, pollEveryMs: 2_000 },
      logger: undefined,
      openRelay: scenario.openRelay,
    },
    {
      phase: (event) => {
        phases.push(`${event.phase} ${event.state}`);
        scenario.onPhase?.(event, hosts, migration);
        const { cancelAt } = scenario;
        if (cancelAt?.phase === event.phase && cancelAt.state === event.state) {
          for (let time = 0; time < (scenario.cancelTimes ?? 1); time += 1) cancelAnswer = migration.cancel();
        }
      },
      progress: (value) => progress.push(value),
      action: (action) => {
        actions.push(action);
        scenario.onAction?.(action, migration);
      },
    },
  );
  const { cancelAfterMs } = scenario;
  if (cancelAfterMs !== undefined) {
    void clock.sleep(cancelAfterMs).then(() => (cancelAnswer = migration.cancel()));
  }
  const result = await clock.until(migration.run());
  // What the hosts still have under way comes to its end too, before anybody judges them.
  await clock.until(clock.sleep(600_000));
  return { result, hosts, storage, phases, progress, actions, cancelAnswer, migration };
}
