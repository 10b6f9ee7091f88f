import { ViaductError } from '../../common/errors.ts';
import type { Clock } from '../clock.ts';
import type { RecoveryAction } from '../state/migration-event.ts';
import { destinationHolding, isOnlyDefined, isWaiting, sourceHolding } from '../state/truth.ts';
import type { HostTruth } from '../state/truth.ts';
import type { MigrationLimits } from './limits.ts';
import type { ControlLink, MigrationHost, Sighting } from './migration-link.ts';
import { within } from './within.ts';

/** The guest is no longer as it was seen when the action was decided on; the hosts have to be asked again. */
export class ChangedMeanwhileError extends ViaductError {
  constructor() {
    super('engine.changed-meanwhile', 'The guest changed while it was being looked at.');
  }
}

interface ActionRule {
  side: 'source' | 'destination';
  /** What is looked at once more, right before the order. */
  allows: (truth: HostTruth) => boolean;
  take: (link: ControlLink, dom: Sighting['dom']) => Promise<void>;
}

const rules: Record<RecoveryAction, ActionRule> = {
  'abort-source': {
    side: 'source',
    allows: () => true,
    take: (link, dom) => link.abortJob(dom),
  },
  'destroy-source': {
    side: 'source',
    allows: (truth) => sourceHolding(truth) === 'held' || sourceHolding(truth) === 'paused',
    take: (link, dom) => link.destroy(dom),
  },
  'undefine-source': {
    side: 'source',
    allows: (truth) => sourceHolding(truth) === 'off',
    take: (link, dom) => link.undefine(dom),
  },
  'resume-source': {
    side: 'source',
    allows: (truth) => sourceHolding(truth) === 'held',
    take: (link, dom) => link.resume(dom),
  },
  'destroy-destination': {
    side: 'destination',
    allows: (truth) => isIncoming(truth),
    take: (link, dom) => link.destroy(dom),
  },
  'destroy-waiting': {
    side: 'destination',
    allows: isWaiting,
    take: (link, dom) => link.destroy(dom),
  },
  'resume-destination': {
    side: 'destination',
    allows: isWaiting,
    take: (link, dom) => link.resume(dom),
  },
  'undefine-destination': {
    side: 'destination',
    allows: isOnlyDefined,
    take: (link, dom) => link.undefine(dom),
  },
};

export function sideOfAction(action: RecoveryAction): 'source' | 'destination' {
  return rules[action].side;
}

/** Takes one action on a control connection. Whatever becomes of it, the hosts are looked at again afterwards. */
export async function takeAction(
  action: RecoveryAction,
  hosts: Record<'source' | 'destination', MigrationHost>,
  uuid: string,
  clock: Clock,
  limits: MigrationLimits,
): Promise<void> {
  const { side, allows, take } = rules[action];
  await within(clock, limits.actionMs, action, async (signal) => {
    const link = await hosts[side].control(signal);
    const sighting = await link.find(uuid);
    if (sighting === undefined || !allows({ kind: 'present', ...sighting })) {
      throw new ChangedMeanwhileError();
    }
    if (signal.aborted) throw new ChangedMeanwhileError();
    await take(link, sighting.dom);
  });
}

function isIncoming(destination: HostTruth): boolean {
  const source: HostTruth = { kind: 'absent' };
  return destinationHolding({ source, destination, destinationHasRun: false }) === 'incoming';
}
