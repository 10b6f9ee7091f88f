import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseConnectUri } from '../../electron/libvirt/index.ts';
import { openRelay } from '../../electron/hosts/relay/open-relay.ts';
import { chooseRoute } from '../../electron/hosts/routes/choose-route.ts';
import { noPrompts } from '../../electron/ssh/prompts.ts';
import { LabError } from '../lab/errors.ts';
import { runOnHost } from '../lab/host.ts';
import { killProcess } from '../lab/kill-process.ts';
import { type HostLayout, hosts, keyFile, knownHostsFile, sshUri } from '../lab/layout.ts';
import { waitFor } from '../lab/wait-for.ts';

/** What the main thread of an application that carries by itself would be like. */
export interface EventLoopDelays {
  medianMs: number;
  p99Ms: number;
  maxMs: number;
}

/** A carrier at work between two sockets. */
export interface Carrying {
  /** Absolute, on the host. */
  source: string;
  destination: string;
  stop(): Promise<EventLoopDelays | undefined>;
}

/** Folders of a measurement: one on each host, and one here. */
export interface Places {
  /** The same path on both hosts. */
  onHost: string;
  /** How this machine reaches a path of a host. */
  seen(host: HostLayout, path: string): string;
  here: string;
}

const { alpha, beta } = hosts;
const startTimeoutMs = 30_000;
const ssh = [
  'ssh',
  ...['-F', 'none', '-N', '-o', 'BatchMode=yes', '-o', 'ExitOnForwardFailure=yes'],
  ...['-i', keyFile, '-o', `UserKnownHostsFile=${knownHostsFile}`],
];

/** Two forwards with OpenSSH's defaults, as an admin makes them by hand: what the others are compared with. */
export async function defaultForwards(places: Places): Promise<Carrying> {
  const meeting = join(places.here, 'forward');
  const paths = socketsIn(places);
  const children = [
    start([...ssh, '-L', `${meeting}:${paths.destination}`, `root@${beta.fqdn}`]),
    start([...ssh, '-R', `${paths.source}:${meeting}`, `root@${alpha.fqdn}`]),
  ];
  await listening(places.seen(alpha, paths.source), meeting);
  return { ...paths, stop: () => stopAll(children) };
}

/** What the mode ssh-relay does. */
export async function relay(places: Places): Promise<Carrying> {
  const route = (host: HostLayout) => chooseRoute(parseConnectUri(sshUri(host)), places.here, noPrompts);
  const routes = { source: route(alpha), destination: route(beta) };
  const { source, destination } = { source: routes.source.relay, destination: routes.destination.relay };
  if (source === undefined || destination === undefined) throw new LabError('lab-command-failed', 'no relay');
  const root = { uid: 0, gid: 0 };
  const owners = { source: root, destination: root };
  const open = await openRelay({
    ends: { source, destination },
    owners,
    guestName: 'bench',
    withDisks: false,
  });
  return {
    source: open.source.memory,
    destination: open.destination.memory,
    stop: async () => {
      await open.close();
      await Promise.all(Object.values(routes).map((one) => one.drop()));
      return undefined;
    },
  };
}

/** ssh2 in the thread of the application, or in one beside it. */
export function throughSsh2(where: 'thread' | 'worker') {
  return async (places: Places): Promise<Carrying> => {
    const paths = socketsIn(places);
    const file = join(import.meta.dirname, 'relay-ssh2.ts');
    const args = [alpha.fqdn, beta.fqdn, keyFile, paths.source, paths.destination];
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, where, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    await waitFor('ssh2 carries', () => Promise.resolve(said.includes('ready\n') || undefined), {
      timeoutMs: startTimeoutMs,
      intervalMs: 50,
    });
    return {
      ...paths,
      stop: async () => {
        await stopAll([child]);
        return JSON.parse(said.split('\n')[1] ?? '') as EventLoopDelays;
      },
    };
  };
}

/**
 * From host to host: the source logs in at the destination with a key. For the measurement that of the lab, which may
 * log in there already; a product would have to put a key of its own into root's authorized_keys.
 */
export async function direct(places: Places): Promise<Carrying> {
  const paths = socketsIn(places);
  const key = `${places.onHost}/key`;
  await copyFile(keyFile, places.seen(alpha, key));
  await runOnHost(alpha, ['chmod', '600', key]);
  const options = [
    '-o',
    'BatchMode=yes',
    '-o',
    'StrictHostKeyChecking=no',
    '-o',
    'UserKnownHostsFile=/dev/null',
  ];
  const forward = ['-c', 'aes128-gcm@openssh.com', '-L', `${paths.source}:${paths.destination}`];
  const command = ['ssh', '-F', 'none', '-N', '-i', key, ...options, ...forward, `root@${beta.fqdn}`];
  const running = runOnHost(alpha, command, { timeoutMs: 600_000 });
  await listening(places.seen(alpha, paths.source));
  return {
    ...paths,
    stop: async () => {
      await killProcess(alpha, /^ssh -F none -N/, 'SIGTERM');
      await running;
      await rm(places.seen(alpha, key));
      return undefined;
    },
  };
}

function socketsIn({ onHost }: Places): { source: string; destination: string } {
  return { source: `${onHost}/source`, destination: `${onHost}/destination` };
}

/**
 * Each carrier is a session of its own, as the relay's processes are: Linux gives sessions equal shares of a busy
 * processor (sched_autogroup in sched(7)), so one that shared ours would be measured at a disadvantage.
 */
function start([program = '', ...args]: readonly string[]): ChildProcess {
  return spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'], detached: true });
}

async function stopAll(children: readonly ChildProcess[]): Promise<undefined> {
  await Promise.all(
    children.map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      await ended;
    }),
  );
}

async function listening(...paths: readonly string[]): Promise<void> {
  const { stat } = await import('node:fs/promises');
  for (const path of paths) {
    await waitFor(path, async () => ((await stat(path).catch(() => undefined)) ? true : undefined), {
      timeoutMs: startTimeoutMs,
      intervalMs: 50,
    });
  }
}

/** Made anew for each carrier, so that none finds what another left. */
export async function withPlaces<T>(
  leaders: ReadonlyMap<HostLayout, number>,
  here: string,
  use: (places: Places) => Promise<T>,
): Promise<T> {
  const onHost = '/run/viaduct-bench';
  const seen = (host: HostLayout, path: string): string => `/proc/${leaders.get(host) ?? 0}/root${path}`;
  const folders = [here, seen(alpha, onHost), seen(beta, onHost)];
  try {
    for (const folder of folders) await mkdir(folder, { mode: 0o700 });
    return await use({ onHost, seen, here });
  } finally {
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  }
}
