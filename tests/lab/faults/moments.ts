import { procedures } from '../../../electron/libvirt/index.ts';
import type { Packet } from './rpc-gate.ts';

export type Side = 'source' | 'destination';
export const controls = ['managed', 'p2p'] as const;
export type Control = (typeof controls)[number];

/** A point of a migration that can be held still: a packet on its way, or a part of the memory copied. */
export interface Moment {
  name: string;
  control: Control;
  /** The packet, and whose daemon it goes to or comes from; absent while memory is copied. */
  packet?: Packet & { side: Side };
  /** Whether the guest can have left the source: then its QEMU on the destination is the only one. */
  mayHaveLeft: boolean;
}

const calls = {
  begin: { side: 'source', procedure: procedures.domainMigrateBegin3Params.number },
  prepare: { side: 'destination', procedure: procedures.domainMigratePrepare3Params.number },
  perform: { side: 'source', procedure: procedures.domainMigratePerform3Params.number },
  finish: { side: 'destination', procedure: procedures.domainMigrateFinish3Params.number },
  confirm: { side: 'source', procedure: procedures.domainMigrateConfirm3Params.number },
} as const satisfies Record<string, { side: Side; procedure: number }>;

function at(control: Control, phase: keyof typeof calls, message: Packet['message']): Moment {
  // A managed guest is set going by Finish; in peer-to-peer all of it is within Perform.
  const leaves = control === 'managed' ? 'finish' : 'perform';
  const order = Object.keys(calls);
  const later = order.indexOf(phase) - order.indexOf(leaves);
  return {
    name: `${phase} ${message}`,
    control,
    packet: { ...calls[phase], message },
    mayHaveLeft: later > 0 || (later === 0 && message === 'reply'),
  };
}

const copying = (control: Control): Moment => ({ name: 'memory', control, mayHaveLeft: false });

/** In the order in which a migration comes by them. */
export const moments: readonly Moment[] = [
  at('managed', 'begin', 'call'),
  at('managed', 'begin', 'reply'),
  at('managed', 'prepare', 'call'),
  at('managed', 'prepare', 'reply'),
  at('managed', 'perform', 'call'),
  copying('managed'),
  at('managed', 'perform', 'reply'),
  at('managed', 'finish', 'call'),
  at('managed', 'finish', 'reply'),
  at('managed', 'confirm', 'call'),
  at('managed', 'confirm', 'reply'),
  at('p2p', 'perform', 'call'),
  copying('p2p'),
  at('p2p', 'perform', 'reply'),
];
