import { defineConfig } from 'vite';

const root = new URL('..', import.meta.url).pathname;

/** The preload: one file, since the sandbox in which it runs can load no other, and of all modules only Electron's. */
export default defineConfig({
  root,
  build: {
    outDir: `${root}.vite/build`,
    emptyOutDir: false,
    copyPublicDir: false,
    target: 'node24',
    minify: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: `${root}electron/preload/preload.ts`,
      external: ['electron'],
      output: { format: 'cjs', codeSplitting: false, entryFileNames: 'preload.cjs' },
    },
  },
});
