import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const root = new URL('..', import.meta.url).pathname;

/** The screen, as both shells serve it. `main_window` is the folder name that Forge's plugin expects. */
export default defineConfig({
  root: `${root}renderer`,
  base: './',
  plugins: [svelte({ compilerOptions: { runes: true } })],
  build: {
    outDir: `${root}.vite/renderer/main_window`,
    emptyOutDir: true,
    // The page's policy allows no inline script and no data: fonts; nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
