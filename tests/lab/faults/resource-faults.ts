import { mustRun } from '../command.ts';
import { type HostName, type Lab, waitFor } from '../lab.ts';
import { bothLastings, type Fault, onEither } from './fault.ts';
import { isBefore } from './moments.ts';

const dataPorts = Array.from({ length: 64 }, (_, index) => 49_152 + index);
const dayMs = 86_400_000;
const expired = { notBefore: new Date(Date.now() - 9 * dayMs), notAfter: new Date(Date.now() - dayMs) };

/** Where daemons keep their sockets and what they know of a guest that runs. */
const runtimeFull = onEither((side) => ({
  name: `/run full on the ${side}`,
  applies: () => true,
  lasts: bothLastings,
  strike: async ({ lab, hosts }) => {
    const host = hosts[side];
    const facts = await lab.mustRun(host, ['stat', '--file-system', '--format=%S %b %f', '/run']);
    const [blockBytes = 0, blocks = 0, free = 0] = facts.trim().split(' ').map(Number);
    await resizeRuntime(lab, host, blockBytes * (blocks - free));
    return { heal: () => resizeRuntime(lab, host, blockBytes * blocks) };
  },
}));

async function resizeRuntime(lab: Lab, host: HostName, bytes: number): Promise<void> {
  await lab.mustRun(host, ['mount', '-o', `remount,size=${bytes}`, '/run']);
}

/** As after an error of the disk: what is there can be read, and nothing changed. */
const definitionsReadOnly = onEither((side) => ({
  name: `definitions read-only on the ${side}`,
  applies: () => true,
  lasts: bothLastings,
  strike: async ({ lab, hosts }) => {
    const host = hosts[side];
    const folder = '/etc/libvirt/qemu';
    await lab.mustRun(host, ['mount', '--bind', folder, folder]);
    await lab.mustRun(host, ['mount', '-o', 'remount,bind,ro', folder]);
    return { heal: () => lab.mustRun(host, ['umount', folder]) };
  },
}));

/** The kernel refuses to let a file grow, whichever it is. */
const applicationWithoutRoom: Fault = {
  name: 'no room for the files of the application',
  applies: () => true,
  lasts: bothLastings,
  strike: async ({ application }) => {
    await limitFiles(application, '1');
    return { heal: () => limitFiles(application, 'unlimited') };
  },
};

async function limitFiles(group: number, bytes: string): Promise<void> {
  const pids = await mustRun(['ps', '--no-headers', '-o', 'pid', '-g', String(group)]).catch(() => '');
  for (const pid of pids.split('\n').map((line) => line.trim()))
    // One that has ended meanwhile writes nothing.
    if (pid !== '') await mustRun(['prlimit', '--pid', pid, `--fsize=${bytes}`]).catch(() => undefined);
}

const portsTaken: Fault = {
  name: 'data ports taken on the destination',
  applies: (moment, mode) => mode === 'native-tls' && isBefore(moment, 'prepare reply'),
  lasts: ['until the end'],
  strike: async ({ lab, hosts: { destination } }) => {
    const listens = dataPorts.flatMap((port) => ['--listen', String(port)]);
    // A signal ends it.
    const taker = lab
      .run(destination, ['systemd-socket-activate', ...listens, 'true'], { timeoutMs: 600_000 })
      .catch(() => undefined);
    await waitFor(
      'the data ports are taken',
      async () => {
        const listening = await lab.mustRun(destination, ['ss', '--no-header', '-ltn']);
        return dataPorts.every((port) => listening.includes(`:${port} `)) || undefined;
      },
      { timeoutMs: 20_000 },
    );
    return {
      heal: async () => {
        await lab.killProcess(destination, /^systemd-socket-activate /);
        await taker;
      },
    };
  },
};

/** QEMU reads the files for each migration; a daemon those of its clients for each connection that it opens. */
const certificateExpired = onEither((side) => ({
  name: `certificates expired on the ${side}`,
  applies: (moment, mode) => {
    if (mode === 'ssh-relay') return false;
    if (side === 'source') return isBefore(moment, moment.control === 'p2p' ? 'prepare call' : 'memory');
    return mode === 'native-tls' && isBefore(moment, 'prepare reply');
  },
  lasts: ['until the end'],
  strike: async ({ lab, hosts }) => {
    await lab.issueHostCertificates(hosts[side], expired);
    return { heal: () => lab.restoreHostCertificates(hosts[side]) };
  },
}));

/** Something that a migration needs runs out, or is not what it was when it was checked. */
export const resourceFaults: readonly Fault[] = [
  ...runtimeFull,
  ...definitionsReadOnly,
  applicationWithoutRoom,
  portsTaken,
  ...certificateExpired,
];
