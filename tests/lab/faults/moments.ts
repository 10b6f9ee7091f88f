import { procedures } from '../../../electron/libvirt/index.ts';
import type { Packet } from './packet-gate.ts';

export type Side = 'source' | 'destination';
export const controls = ['managed', 'p2p'] as const;
export type Control = (typeof controls)[number];
export type Mode = 'native-tls' | 'ssh-relay' | 'tunnelled';

/** A packet between a daemon and who tells it what to do: the application, or in peer-to-peer the source's daemon. */
export type MomentPacket = Packet & { side: Side; caller: 'application' | 'peer' };

/** A point of a migration that can be held still: a packet on its way, or a part of the memory copied. */
export interface Moment {
  name: string;
  control: Control;
  /** Absent while memory is copied. */
  packet?: MomentPacket;
  /** Whether the guest can have left the source: then its QEMU on the destination is the only one. */
  mayHaveLeft: boolean;
}

interface Step {
  side: Side;
  procedures: readonly number[];
}

const steps = {
  begin: { side: 'source', procedures: [procedures.domainMigrateBegin3Params.number] },
  prepare: {
    side: 'destination',
    procedures: [
      procedures.domainMigratePrepare3Params.number,
      procedures.domainMigratePrepareTunnel3Params.number,
    ],
  },
  perform: { side: 'source', procedures: [procedures.domainMigratePerform3Params.number] },
  finish: { side: 'destination', procedures: [procedures.domainMigrateFinish3Params.number] },
  confirm: { side: 'source', procedures: [procedures.domainMigrateConfirm3Params.number] },
} as const satisfies Record<string, Step>;

type Phase = keyof typeof steps;

/** Managed: the application makes every call, and it is Finish that sets the guest going. */
function managed(phase: Phase, message: Packet['message']): Moment {
  const order = Object.keys(steps);
  const later = order.indexOf(phase) - order.indexOf('finish');
  return {
    name: `${phase} ${message}`,
    control: 'managed',
    packet: { ...steps[phase], message, caller: 'application' },
    mayHaveLeft: later > 0 || (later === 0 && message === 'reply'),
  };
}

/** Peer-to-peer: the application calls Perform, within which the source's daemon makes the others. */
function p2p(phase: 'prepare' | 'perform' | 'finish', message: Packet['message']): Moment {
  return {
    name: `${phase} ${message}`,
    control: 'p2p',
    packet: { ...steps[phase], message, caller: phase === 'perform' ? 'application' : 'peer' },
    mayHaveLeft: phase !== 'prepare' && message === 'reply',
  };
}

const copying = (control: Control): Moment => ({ name: 'memory', control, mayHaveLeft: false });

/** In the order in which a migration comes by them. */
export const moments: readonly Moment[] = [
  managed('begin', 'call'),
  managed('begin', 'reply'),
  managed('prepare', 'call'),
  managed('prepare', 'reply'),
  managed('perform', 'call'),
  copying('managed'),
  managed('perform', 'reply'),
  managed('finish', 'call'),
  managed('finish', 'reply'),
  managed('confirm', 'call'),
  managed('confirm', 'reply'),
  p2p('perform', 'call'),
  p2p('prepare', 'call'),
  p2p('prepare', 'reply'),
  copying('p2p'),
  p2p('finish', 'call'),
  p2p('finish', 'reply'),
  p2p('perform', 'reply'),
];

/** Whether it is not yet time for a moment of the same kind of migration. */
export function isBefore(moment: Moment, name: string): boolean {
  const order = moments.filter(({ control }) => control === moment.control).map((each) => each.name);
  return order.indexOf(moment.name) < order.indexOf(name);
}
