import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../electron/common/errors.ts';
import { SavedHosts } from '../../electron/hosts/saved-hosts.ts';
import { hosts, sshUri, stateDir, type HostName } from '../../tests/lab/layout.ts';
import { lastLine, type GuestLine } from '../../tests/lab/serial-log.ts';
import { whereRuns } from '../../tests/lab/virsh.ts';
import { waitFor } from '../../tests/lab/wait-for.ts';

/*
 * `npm run demo`: two real hosts on this machine, a running guest moved between them over TLS, what was proven, and
 * then the screen. With --once it ends after the move and takes the lab down.
 */

const root = join(import.meta.dirname, '..', '..');
const guest = 'web01';
const once = process.argv.includes('--once');
const home = join(stateDir, 'demo-home');
const say = (text: string) => process.stdout.write(`${text}\n`);
const title = (text: string) => say(`\n== ${text}`);

function run(argv: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  const [command = '', ...args] = argv;
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGTERM', forward);
  // The terminal sends Ctrl+C to the child as well; ours is to wait for its orderly end.
  const ignore = () => undefined;
  process.on('SIGINT', ignore);
  return new Promise((resolve) => {
    child.on('error', (error) => {
      say(`${command} cannot be started: ${error.message}`);
      resolve(1);
    });
    child.on('close', (code) => {
      process.off('SIGTERM', forward);
      process.off('SIGINT', ignore);
      resolve(code ?? 1);
    });
  });
}

const lab = (command: string) => run([process.execPath, join(root, 'tests', 'lab', 'cli.ts'), command]);

async function newestLine(name: HostName): Promise<GuestLine | undefined> {
  return lastLine(hosts[name], guest);
}

async function mustSucceed(step: Promise<number>, sentence: string): Promise<void> {
  const code = await step;
  if (code === 0) return;
  process.stderr.write(`${sentence}\n`);
  process.exit(code === 2 ? 2 : 1);
}

/** Moves the guest with the command line, as an admin would, and compares both sides with virsh. */
async function moveAndProve(): Promise<boolean> {
  const before = await waitFor(`${guest} prints on alpha`, () => newestLine('alpha'), { timeoutMs: 60_000 });
  const code = await run(
    [
      process.execPath,
      join(root, 'electron', 'cli', 'main.ts'),
      ...['migrate', guest, '--source', sshUri(hosts.alpha), '--destination', sshUri(hosts.beta)],
    ],
    { VIADUCT_HOME: home },
  );
  if (code !== 0) return false;
  const after = await waitFor(
    `${guest} counts on at beta`,
    async () => {
      const line = await newestLine('beta');
      return line && line.counter > before.counter ? line : undefined;
    },
    { timeoutMs: 60_000 },
  );
  const states = await whereRuns(guest);
  const claims: [boolean, string][] = [
    [
      states.alpha !== 'running' && states.beta === 'running',
      `virsh, asked on both hosts: alpha says "${states.alpha}", beta says "${states.beta}"`,
    ],
    [
      before.boot === after.boot,
      `the same guest went on, not a new one: it was started as ${before.boot} and still is ${after.boot}`,
    ],
    [true, `its counter went on, from ${before.counter} on alpha to ${after.counter} on beta`],
    [
      before.canary === after.canary,
      `a block of its memory has the same SHA-256: ${after.canary.slice(0, 16)}...`,
    ],
  ];
  title('What was proven');
  for (const [holds, text] of claims) say(`${holds ? 'yes' : 'NO '}  ${text}`);
  return claims.every(([holds]) => holds);
}

async function rememberHosts(): Promise<void> {
  await new SavedHosts(home).write(
    Object.values(hosts).map((host) => ({ id: host.name, connectUri: sshUri(host) })),
  );
}

const electronFolder = join(root, 'node_modules', 'electron');

function electronBinary(): string | undefined {
  const folder = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(electronFolder, 'dist');
  const names = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' } as Record<
    string,
    string
  >;
  const binary = join(folder, names[process.platform] ?? 'electron');
  return existsSync(binary) ? binary : undefined;
}

/** The binary is no part of the npm package; its own installer fetches it from outside the registries. */
async function fetchElectron(): Promise<string | undefined> {
  say('Electron is not installed yet; trying to download it ...');
  await run([process.execPath, join(electronFolder, 'install.js')]);
  return electronBinary();
}

async function startViaduct(): Promise<number> {
  await mustSucceed(run(['npm', 'run', '-s', 'build']), 'The screen could not be built.');
  const env = { VIADUCT_HOME: home };
  const display = process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'] || process.platform !== 'linux';
  title('Viaduct');
  const electron = electronBinary() ?? (display ? await fetchElectron() : undefined);
  if (electron && display) {
    say(
      'Both hosts are on the board; close the window to end. The lab stays up: "npm run lab -- down" ends it.',
    );
    return run([electron, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), root], env);
  }
  say(
    `${display ? "Electron's binary cannot be had here" : 'There is no display here'}, so this is the browser shell:\n` +
      'the same screen over the same engine, served on this machine only. Both hosts are on the board.\n' +
      'The lab stays up: "npm run lab -- down" ends it.',
  );
  return run([process.execPath, join(root, 'electron', 'cli', 'main.ts'), 'serve', '--no-open'], env);
}

async function demo(): Promise<void> {
  title('Two libvirt hosts on this machine (the first time this takes some minutes)');
  await mustSucceed(lab('up'), 'The lab could not be brought up.');
  await mkdir(home, { recursive: true, mode: 0o700 });
  if ((await whereRuns(guest)).alpha !== 'running')
    await mustSucceed(lab('reset'), 'The lab could not be reset.');

  title(`Moving ${guest} from alpha to beta, encrypted, while it runs`);
  const proven = await moveAndProve();
  if (once) {
    title('Taking the lab down');
    await mustSucceed(lab('down'), 'The lab could not be taken down.');
    process.exitCode = proven ? 0 : 1;
  } else {
    await rememberHosts();
    process.exitCode = (await startViaduct()) || (proven ? 0 : 1);
  }
}

try {
  await demo();
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
