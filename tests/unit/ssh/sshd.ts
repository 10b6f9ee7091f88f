import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The Debian packages that tests with a real SSH server need. */
export const sshdDebianPackages = ['openssh-server', 'openssh-client'] as const;

const START_TIMEOUT_MS = 8000;

/** A real OpenSSH server of this test's own, on 127.0.0.1, with keys and configuration in a temporary folder. */
export class TestSshd {
  readonly folder: string;
  readonly port: number;
  readonly user = userInfo().username;
  /** A key that the server accepts. */
  readonly keyFile: string;
  /** Known-hosts file with the server's ed25519 key. */
  readonly knownHostsFile: string;
  #process: ChildProcess | undefined;

  static async start(settings: readonly string[] = []): Promise<TestSshd> {
    const sshd = new TestSshd(await freePort(), settings);
    try {
      await sshd.#run();
    } catch (error) {
      await sshd.stop();
      throw error;
    }
    return sshd;
  }

  private constructor(port: number, settings: readonly string[]) {
    this.port = port;
    this.folder = mkdtempSync(join(tmpdir(), 'viaduct-sshd-'));
    this.keyFile = this.makeKey('login');
    this.authorize(this.keyFile);
    this.makeKey('host_ed25519');
    this.makeKey('host_ecdsa', { type: 'ecdsa' });
    this.knownHostsFile = this.write('known_hosts', this.knownHostLine());
    this.write(
      'sshd_config',
      [
        `Port ${port}`,
        'ListenAddress 127.0.0.1',
        `HostKey ${this.path('host_ed25519')}`,
        `HostKey ${this.path('host_ecdsa')}`,
        `AuthorizedKeysFile ${this.path('authorized_keys')}`,
        'PidFile none',
        'StrictModes no',
        'UsePAM no',
        'PermitRootLogin yes',
        'Subsystem sftp internal-sftp',
        ...settings,
        '',
      ].join('\n'),
    );
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, text: string): string {
    writeFileSync(this.path(name), text, { mode: 0o600 });
    return this.path(name);
  }

  makeKey(name: string, { type = 'ed25519', passphrase = '' } = {}): string {
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', name, '-f', this.path(name)]);
    return this.path(name);
  }

  authorize(keyFile: string, options = ''): void {
    appendFileSync(
      this.path('authorized_keys'),
      `${options} ${readFileSync(`${keyFile}.pub`, 'utf8')}`.trimStart(),
    );
  }

  /** `type base64` of a host key. */
  hostKey(name: 'host_ed25519' | 'host_ecdsa' = 'host_ed25519'): string {
    return readFileSync(this.path(`${name}.pub`), 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');
  }

  hostKeyFingerprint(): string {
    const shown = execFileSync('ssh-keygen', ['-lf', this.path('host_ed25519.pub')], { encoding: 'utf8' });
    return shown.split(' ')[1] ?? '';
  }

  knownHostLine(key = this.hostKey(), host = `[127.0.0.1]:${this.port}`): string {
    return `${host} ${key}\n`;
  }

  /** The processes that serve the connections which are open now. */
  connectionPids(): number[] {
    return descendants(this.#process?.pid);
  }

  async stop(): Promise<void> {
    const server = this.#process;
    this.#process = undefined;
    if (server?.exitCode === null && server.signalCode === null) {
      const pids = descendants(server.pid);
      const exited = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGKILL');
      pids.forEach((pid) => signal(pid, 'SIGKILL'));
      await exited;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #run(): Promise<void> {
    // The package's own run-time folder, which sshd insists on when run by root.
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
    const server = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', this.path('sshd_config')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = server;
    const log: string[] = [];
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    createInterface(server.stderr).on('line', (line) => {
      log.push(line);
      if (line.includes('Server listening')) resolve(undefined);
    });
    server.once('error', (error) => {
      reject(new Error(`sshd cannot be run; install ${sshdDebianPackages.join(' and ')}`, { cause: error }));
    });
    server.once('exit', () => reject(new Error(`sshd ended at once: ${log.join('\n')}`)));
    const timer = setTimeout(() => {
      reject(new Error(`sshd was not listening within ${START_TIMEOUT_MS} ms: ${log.join('\n')}`));
    }, START_TIMEOUT_MS);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
    }
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}

function descendants(pid: number | undefined): number[] {
  if (pid === undefined) return [];
  let children: number[];
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
      .map(Number);
  } catch {
    return [];
  }
  return [...children, ...children.flatMap(descendants)];
}
