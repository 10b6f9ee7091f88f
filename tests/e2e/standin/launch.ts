import { readFileSync } from 'node:fs';
import { open as openInspector } from 'node:inspector';
import { createRequire, registerHooks } from 'node:module';
import { join, resolve } from 'node:path';
import { startChromium } from './chromium.ts';
import { DevTools } from './devtools.ts';
import { app, start } from './electron.ts';

/*
 * Does what Electron's binary does with its arguments: `electron [-r MODULE] [--SWITCH...] APP`. It loads the app's own
 * `main` with `electron` meaning the stand-in, and starts Chromium for its windows.
 */

const electronUrl = new URL('electron.ts', import.meta.url).href;
registerHooks({
  resolve: (name, context, next) =>
    /^electron(\/(main|common))?$/.test(name)
      ? { url: electronUrl, format: 'module-typescript', shortCircuit: true }
      : next(name, context),
});

// Playwright's loader expects the arguments as Electron's process shows them: without a script's name.
process.argv.splice(1, 1);
const args = process.argv.slice(1);
const preloads = args.flatMap((arg, index) => (args[index - 1] === '-r' ? [arg] : []));
const isApp = (arg: string, index: number): boolean => !arg.startsWith('-') && args[index - 1] !== '-r';
const appDir = resolve(args.find(isApp) ?? '.');
const manifest = JSON.parse(readFileSync(join(appDir, 'package.json'), 'utf8')) as {
  main: string;
  name: string;
  version: string;
};
app.setApp(appDir, manifest.name, manifest.version);

if (args.some((arg) => arg.startsWith('--inspect'))) openInspector(0, '127.0.0.1');
const require = createRequire(join(appDir, 'package.json'));
for (const preload of preloads) require(preload);
require(resolve(appDir, manifest.main));

const chromium = await startChromium(app.getPath('userData'), app.commandLine.switches());
app.onExit(() => chromium.kill());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => app.exit(1));
chromium.onGone(() => {
  process.stderr.write('The Electron stand-in: Chromium has ended.\n');
  app.exit(1);
});
start(await DevTools.connect(chromium.url));
