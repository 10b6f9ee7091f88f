import { messageOf } from '../../electron/common/errors.ts';
import { bringDown } from './down.ts';
import { LabError } from './errors.ts';
import { takeLock } from './lock.ts';
import { requireRootOnDebian } from './prerequisites.ts';
import { progressTo } from './progress.ts';
import { resetLab } from './reset.ts';
import { formatStatus, labStatus } from './status.ts';
import { bringUp } from './up.ts';

const usage = 'Usage: npm run lab -- up|down|status|reset [--json]';
const progress = progressTo(process.stderr);

/** What each command does; `status` is what every one of them prints at its end. */
const commands: Record<string, () => Promise<unknown>> = {
  up: () => bringUp(progress),
  down: () => bringDown(progress),
  reset: () => resetLab(progress),
  status: () => Promise.resolve(),
};

async function main(args: readonly string[]): Promise<void> {
  const words = args.filter((word) => word !== '--json');
  const [name = ''] = words;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined || words.length !== 1) throw new LabError('lab-usage', usage);
  await requireRootOnDebian();
  await using held = new AsyncDisposableStack();
  if (name !== 'status') held.use(await takeLock(`lab ${name}`));
  await command();
  const status = await labStatus();
  process.stdout.write(args.includes('--json') ? `${JSON.stringify(status)}\n` : formatStatus(status));
}

function exitCodeOf(error: unknown): number {
  return error instanceof LabError && (error.code === 'lab-unsupported' || error.code === 'lab-usage')
    ? 2
    : 1;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const remedy = error instanceof LabError && error.remedy !== undefined ? ` ${error.remedy}` : '';
  process.stderr.write(`${messageOf(error)}${remedy}\n`);
  process.exitCode = exitCodeOf(error);
}
