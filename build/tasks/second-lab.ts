import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { messageOf } from '../../electron/common/errors.ts';
import { SecondLab } from '../../tests/lab/isolated/second-lab.ts';

/*
 * `npm run second-lab -- COMMAND [ARG...]`: runs a command where it has a machine of its own for a lab, beside a lab that
 * may be up. Nothing of it is left when the command ends. Ends with the command's exit code.
 */

const argv = process.argv.slice(2);

async function run(): Promise<number> {
  if (argv.length === 0) {
    process.stderr.write('Usage: npm run second-lab -- COMMAND [ARG...]\n');
    return 2;
  }
  await using second = await SecondLab.open();
  const {
    argv: [program = '', ...args],
    env,
  } = second.inside(argv);
  const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

try {
  process.exitCode = await run();
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
