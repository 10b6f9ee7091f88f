import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandOptions, mustRun } from '../lab/command.ts';
import { LabError } from '../lab/errors.ts';
import { waitFor } from '../lab/wait-for.ts';

export interface PrivateDaemon extends AsyncDisposable {
  /** The daemon's socket as this machine sees it. */
  readonly socket: string;
  /** Runs a program beside the daemon. @returns its standard output */
  run(argv: readonly string[], options?: CommandOptions): Promise<string>;
}

const START_TIMEOUT_MS = 30_000;

/**
 * $1 an empty folder, $2 the base file system, $3 the files for /srv. Everything is mounted in a mount namespace of its
 * own and ends with it; what the daemon writes is in memory.
 */
const mountAndBecomeDaemon = `
mount -t tmpfs tmpfs "$1" && mkdir "$1/upper" "$1/work" "$1/root" &&
mount -t overlay overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" "$1/root" &&
mount -t proc proc "$1/root/proc" && mount --bind /dev "$1/root/dev" &&
cp "$3"/* "$1/root/srv/" && exec chroot "$1/root" /usr/sbin/libvirtd --config /srv/libvirtd.conf
`;

const config = `auth_unix_ro = "none"
auth_unix_rw = "none"
log_outputs = "4:stderr"
`;

/**
 * A real libvirtd in file system, mount and process namespaces of its own, without network services. It leaves
 * nothing behind, not even when this process is killed.
 *
 * @param files name and content, found by the daemon in /srv
 */
export async function startPrivateDaemon(
  baseRoot: string,
  files: Readonly<Record<string, string>>,
): Promise<PrivateDaemon> {
  const dir = await mkdtemp(join(tmpdir(), 'viaduct-bench-'));
  const mountPoint = join(dir, 'mount');
  const fileDir = join(dir, 'files');
  await mkdir(mountPoint);
  await mkdir(fileDir);
  for (const [name, text] of Object.entries({ ...files, 'libvirtd.conf': config }))
    await writeFile(join(fileDir, name), text);
  const isolate = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--propagation=private'];
  const child = spawn(
    'setpriv',
    ['--pdeathsig=KILL', ...isolate, 'sh', '-c', mountAndBecomeDaemon, 'sh', mountPoint, baseRoot, fileDir],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = once(child, 'close');
  const childrenFile = `/proc/${String(child.pid)}/task/${String(child.pid)}/children`;
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)));
  // unshare waits for its child with all other signals blocked; the daemon, process 1 of its namespace, dies with it.
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
    await rm(dir, { recursive: true });
  };
  try {
    const { pid, socket } = await waitFor(
      'the daemon opens its socket',
      async () => {
        if (child.exitCode !== null) throw new LabError('lab-command-failed', said.trim());
        const daemon = (await readFile(childrenFile, 'utf8')).trim();
        const path = `/proc/${daemon}/root/run/libvirt/libvirt-sock`;
        return daemon !== '' && existsSync(path) ? { pid: daemon, socket: path } : undefined;
      },
      { timeoutMs: START_TIMEOUT_MS, intervalMs: 50 },
    );
    const enter = ['nsenter', `--target=${pid}`, '--mount', '--pid', '--root', '--wd', '--'];
    return {
      socket,
      run: (argv, options) => mustRun([...enter, ...argv], options),
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
