import { ensureBundles } from '../bundle.ts';

/*
 * `npm run -s viaduct -- ...` in a checkout: the command line itself, after the one thing that has to be built first,
 * the screen that `serve` shows.
 */
if (process.argv[2] === 'serve') await ensureBundles();
await import('../../electron/cli/main.ts');
