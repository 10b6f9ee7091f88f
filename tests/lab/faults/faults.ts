import type { BlockVerdict, Ports } from '../block-port.ts';
import type { HostName, Lab } from '../lab.ts';
import type { Moment, Side } from './moments.ts';
import type { Release } from './rpc-gate.ts';

/** A migration at the moment of its fault. */
export interface Scene {
  lab: Lab;
  moment: Moment;
  /** Of the guest, by name. */
  guest: string;
  hosts: Record<Side, HostName>;
  /** To every process of the application. */
  signal: (signal: NodeJS.Signals) => void;
}

export interface Struck {
  /** What becomes of the packet that is held; default: it goes on its way. */
  release?: Release;
  /** Takes the fault away. Absent where nothing stands in the way afterwards. */
  heal?: () => unknown;
}

export interface Fault {
  name: string;
  applies: (moment: Moment) => boolean;
  strike: (scene: Scene) => Promise<Struck> | Struck;
  /** It can be over soon, or outlast the run. Absent for what happens once. */
  lasts?: readonly Lasting[];
}

/** `brief`: six seconds. */
export type Lasting = 'brief' | 'until the end';

const always = (): boolean => true;
const bothLastings: readonly Lasting[] = ['brief', 'until the end'];

function onEither(make: (side: Side) => Fault): Fault[] {
  return [make('source'), make('destination')];
}

function killed(what: string, pattern: RegExp): Fault[] {
  return onEither((side) => ({
    name: `${what} killed on the ${side}`,
    applies: always,
    strike: async ({ lab, hosts }) => {
      await lab.killProcess(hosts[side], pattern);
      return {};
    },
  }));
}

const libvirtd = /^\/usr\/sbin\/libvirtd/;

const daemonFrozen = onEither((side) => ({
  name: `libvirtd frozen on the ${side}`,
  applies: always,
  lasts: bothLastings,
  strike: async ({ lab, hosts }) => {
    await lab.killProcess(hosts[side], libvirtd, 'SIGSTOP');
    return { heal: () => lab.killProcess(hosts[side], libvirtd, 'SIGCONT') };
  },
}));

interface Block {
  what: string;
  side: Side;
  ports: Ports;
  verdict: BlockVerdict;
  applies: Fault['applies'];
  lasts?: readonly Lasting[];
}

function blocked({ what, side, ports, verdict, applies, lasts = bothLastings }: Block): Fault {
  return {
    name: `${what} ${verdict === 'drop' ? 'dropped' : 'rejected'} on the ${side}`,
    applies,
    lasts,
    strike: async ({ lab, hosts }) => {
      const block = await lab.blockPort(hosts[side], ports, verdict);
      return { heal: async () => block[Symbol.asyncDispose]() };
    },
  };
}

const verdicts: readonly BlockVerdict[] = ['drop', 'reject'];
const dataFlows = ({ name }: Moment): boolean => name === 'memory' || name === 'perform call';
const dataPorts = { from: 49_152, to: 49_215 };
const blocks: Fault[] = verdicts.flatMap((verdict) => [
  ...onEither((side) => blocked({ what: 'SSH', side, ports: 22, verdict, applies: always })),
  blocked({
    ...{ what: 'data', side: 'destination', ports: dataPorts, verdict, applies: dataFlows },
    // QEMU waits for what is dropped as long as TCP does, which is a quarter of an hour.
    lasts: verdict === 'drop' ? ['brief'] : bothLastings,
  }),
  blocked({
    ...{ what: 'the control port', side: 'destination', ports: 16_514, verdict },
    applies: ({ control }) => control === 'p2p',
  }),
]);

/** A host whose power is cut takes what it runs with it: only the host that does not run the guest. */
const powerCut = onEither((side) => ({
  name: `power of the ${side} cut`,
  applies: ({ mayHaveLeft }) => mayHaveLeft === (side === 'source'),
  strike: async ({ lab, hosts }) => {
    await lab.cutPower(hosts[side]);
    return { heal: () => lab.boot(hosts[side]) };
  },
  lasts: ['brief'],
}));

const emulatorKilled: Fault = {
  name: 'QEMU killed on the destination',
  applies: ({ mayHaveLeft, name }) => !mayHaveLeft && !name.startsWith('begin') && name !== 'prepare call',
  strike: async ({ lab, hosts, guest }) => {
    await lab.killProcess(hosts.destination, new RegExp(`qemu-system.*guest=${guest},`));
    return {};
  },
};

const abortedByOthers: Fault = {
  name: 'job aborted by virsh',
  applies: ({ name }) => name === 'memory',
  strike: async ({ lab, hosts, guest }) => {
    await lab.virsh(hosts.source, ['domjobabort', guest]);
    return {};
  },
};

function signalled(name: string, ...signals: NodeJS.Signals[]): Fault {
  return {
    name,
    applies: always,
    strike: ({ signal }) => {
      for (const each of signals) signal(each);
      return {};
    },
  };
}

const appFrozen: Fault = {
  name: 'application frozen',
  applies: always,
  lasts: ['brief'],
  strike: ({ signal }) => {
    signal('SIGSTOP');
    return {
      heal: () => {
        signal('SIGCONT');
      },
    };
  },
};

const isReply = ({ name }: Moment): boolean => name.endsWith('reply');
const isPacket = ({ name }: Moment): boolean => name !== 'memory';

/** Everything that can go wrong, each for real. */
export const faults: readonly Fault[] = [
  ...killed('libvirtd', libvirtd),
  ...killed('SSH sessions', /^sshd: root/),
  ...daemonFrozen,
  ...blocks,
  ...powerCut,
  emulatorKilled,
  abortedByOthers,
  signalled('application killed', 'SIGKILL'),
  appFrozen,
  signalled('cancelled', 'SIGINT'),
  signalled('cancelled twice', 'SIGINT', 'SIGINT'),
  { name: 'packet and connection lost', applies: isPacket, strike: () => ({ release: 'lose' }) },
  { name: 'noise in place of the reply', applies: isReply, strike: () => ({ release: 'garble' }) },
];
