import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { noVault } from '../../authorities/no-vault.ts';
import { createBackend } from '../../ipc/create-backend.ts';
import { startServer } from '../../serve/server.ts';
import { SleepInhibitor, wakefulCommand } from '../../shell/sleep-inhibitor.ts';
import { stayAwakeWhileRunning } from '../../shell/stay-awake.ts';
import { exitCodes } from '../exit-codes.ts';
import { printable } from '../output/printable.ts';

export interface ServeArguments {
  home: string;
  version: string;
  /** 0 lets the system choose. */
  port: number;
  openBrowser: boolean;
  signal: AbortSignal;
}

const notInBrowser = 'Passphrases are not remembered while Viaduct is used in a browser.';

const rendererDir = join(import.meta.dirname, '..', '..', '..', '.vite', 'renderer', 'main_window');

function openBrowser(url: string): void {
  const [command = '', ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['explorer.exe', url]
        : ['xdg-open', url];
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  // The address is printed in any case; a machine without a browser is what this shell is for.
  child.on('error', () => undefined);
  child.unref();
}

function warn(sentence: string): void {
  process.stderr.write(`${printable(sentence)}\n`);
}

/** Serves the screen to a browser on this machine until the signal aborts. */
export async function runServe({ home, version, port, ...rest }: ServeArguments): Promise<number> {
  const backend = await createBackend({
    ...{ home, shell: 'browser', version },
    vault: noVault(notInBrowser),
    tell: warn,
  });
  const inhibitor = new SleepInhibitor(wakefulCommand(process.platform), warn);
  stayAwakeWhileRunning(backend, () => inhibitor.hold());
  const server = await startServer({ backend, port, rendererDir });
  process.stdout.write(`${server.url}\n`);
  process.stderr.write(
    'Open this address in a browser on this machine; it is good for one use. Ctrl+C ends.\n',
  );
  if (rest.openBrowser) openBrowser(server.url);
  await new Promise<void>((resolve) => {
    if (rest.signal.aborted) resolve();
    rest.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  process.stderr.write('Closing.\n');
  await server.close();
  await backend.close();
  return exitCodes.done;
}
