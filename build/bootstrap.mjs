// The entrance of `npm run demo`, `npm test`, `npm run viaduct`, `npm run lab`, `npm run bench`, `npm run proofs` and
// `npm run faults`: installs the packages of the lock file where that has not been done, then hands over to Node 24 from the
// package "node". Runs on any Node from 18 on.
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const entrances = {
  demo: 'build/tasks/demo.ts',
  test: 'build/tasks/test.ts',
  viaduct: 'build/tasks/viaduct.ts',
  lab: 'tests/lab/cli.ts',
  'second-lab': 'build/tasks/second-lab.ts',
  bench: 'build/tasks/bench.ts',
  proofs: 'build/tasks/proofs.ts',
  faults: 'build/tasks/faults.ts',
};

/** npm writes its own record when an installation is complete; a lock file that changed since wants a new one. */
function isInstalled() {
  const record = join(root, 'node_modules', '.package-lock.json');
  return existsSync(record) && statSync(record).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Runs a program and resolves with its exit code; what to do about a signal that reaches us is the program's to say. */
function run(command, args, options) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, ...options });
    const forward = (signal) => (child.channel ? child.send(signal, () => undefined) : child.kill(signal));
    for (const signal of signals) process.on(signal, forward);
    child.on('error', (error) => {
      process.stderr.write(`${command} cannot be started: ${error.message}\n`);
      resolve(1);
    });
    child.on('exit', (code, signal) => {
      for (const name of signals) process.off(name, forward);
      resolve(signal ? 1 : (code ?? 1));
    });
  });
}

async function install() {
  const started = Date.now();
  const say = (text) => process.stderr.write(`${text}\n`);
  say('Installing the packages of package-lock.json (about a minute) ...');
  const tick = setInterval(
    () => say(`  still installing, ${Math.round((Date.now() - started) / 1000)} s`),
    15_000,
  );
  const code = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 2, 2],
  });
  clearInterval(tick);
  if (code !== 0) {
    say('The packages could not be installed; "npm ci" above says why.');
    process.exit(1);
  }
  say(`Packages installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

const [task, ...args] = process.argv.slice(2);
const entrance = entrances[task];
if (!entrance) {
  process.stderr.write(`There is no task "${task}"; there are ${Object.keys(entrances).join(', ')}.\n`);
  process.exit(2);
}
if (!isInstalled()) await install();
const bin = join(root, 'node_modules', '.bin');
// A start of the command line takes half the processor time once its modules are compiled.
const compiled = join(root, 'node_modules', '.cache', 'compiled');
const options = [
  '--disable-warning=ExperimentalWarning',
  '--import',
  join(root, 'build', 'forwarded-signals.mjs'),
];
process.exit(
  await run(join(bin, 'node'), [...options, join(root, entrance), ...args], {
    cwd: process.cwd(),
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { NODE_COMPILE_CACHE: compiled, ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` },
  }),
);
