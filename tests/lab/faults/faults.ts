import type { BlockVerdict, Ports } from '../block-port.ts';
import { bothLastings, type Fault, type Lasting, onEither } from './fault.ts';
import { isBefore, type Mode, type Moment, type Side } from './moments.ts';
import { resourceFaults } from './resource-faults.ts';

const always = (): boolean => true;

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
/** Only with TLS of its own does the guest's memory go to ports of the data range. */
const dataFlows = ({ name }: Moment, mode: Mode): boolean =>
  mode === 'native-tls' && (name === 'memory' || name === 'perform call');
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
  applies: (moment) => !moment.mayHaveLeft && !isBefore(moment, 'prepare reply'),
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
    strike: ({ application }) => {
      for (const each of signals) signal(application, each);
      return {};
    },
  };
}

function signal(group: number, name: NodeJS.Signals): void {
  process.kill(-group, name);
}

const appFrozen: Fault = {
  name: 'application frozen',
  applies: always,
  lasts: ['brief'],
  strike: ({ application }) => {
    signal(application, 'SIGSTOP');
    return { heal: () => signal(application, 'SIGCONT') };
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
  ...resourceFaults,
];
