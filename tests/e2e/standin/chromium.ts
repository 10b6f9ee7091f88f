import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Chromium {
  /** The DevTools address of the whole browser. */
  url: string;
  kill(): void;
  onGone(listener: () => void): void;
}

/**
 * Starts Debian's Chromium without a window, with all names resolved to nothing, so that a stray request fails. Its
 * "DevTools listening" line is repeated, which is how Playwright finds it.
 */
export async function startChromium(userData: string, switches: readonly string[]): Promise<Chromium> {
  const profile = join(userData, 'chromium');
  mkdirSync(profile, { recursive: true });
  const child = spawn(
    // It ends with this process, however that ends, as Electron's own do.
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', '--', process.env['VIADUCT_CHROMIUM'] ?? '/usr/bin/chromium'],
      ...switches,
      '--headless',
      '--no-startup-window',
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-quic',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
    ],
    // What Chromium puts into the folder for temporary files goes away with the profile.
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, TMPDIR: profile } },
  );
  const gone = new Promise<never>((_resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`Chromium ended with ${code ?? 'a signal'}.`)));
  });
  gone.catch(() => undefined);
  const listening = new Promise<string>((resolve) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      const url = /^DevTools listening on (ws:.*)$/.exec(line)?.[1];
      if (url === undefined) return;
      process.stderr.write(`${line}\n`);
      resolve(url);
    });
  });
  const url = await Promise.race([listening, gone]);
  return {
    url,
    kill: () => child.kill('SIGKILL'),
    onGone: (listener) => void gone.catch(listener),
  };
}
