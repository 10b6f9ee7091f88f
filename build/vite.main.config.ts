import { builtinModules } from 'node:module';
import { defineConfig, type Plugin } from 'vite';

const root = new URL('..', import.meta.url).pathname;

/**
 * ssh2 tries two native addons and goes on in JavaScript where they fail to load. Both are made to fail, so that
 * every build runs the same code whatever was compiled on the machine that made it.
 */
const withoutNativeAddons: Plugin = {
  name: 'without-native-addons',
  enforce: 'pre',
  resolveId: (source) => (/^cpu-features$|\/sshcrypto\.node$/.test(source) ? '\0no-native-addon' : undefined),
  load: (id) => (id === '\0no-native-addon' ? "throw new Error('no native addon');" : undefined),
};

/**
 * The main process. Forge's plugin uses this file for `npm start` and for packages and sets FORGE_VITE_KIND;
 * `build/bundle.ts` uses it for everything else. `build.lib` also keeps Vite from replacing `process.env`.
 */
export default defineConfig({
  root,
  plugins: [withoutNativeAddons],
  resolve: { conditions: ['node'], mainFields: ['module', 'main'] },
  ...(process.env['FORGE_VITE_KIND'] === undefined
    ? { define: { MAIN_WINDOW_VITE_DEV_SERVER_URL: 'undefined', MAIN_WINDOW_VITE_NAME: '"main_window"' } }
    : {}),
  build: {
    lib: { entry: `${root}electron/main/main.ts`, formats: ['cjs'], fileName: () => 'main.cjs' },
    outDir: `${root}.vite/build`,
    emptyOutDir: false,
    copyPublicDir: false,
    target: 'node24',
    minify: false,
    reportCompressedSize: false,
    rolldownOptions: {
      external: ['electron', 'node-pty', 'koffi', ...builtinModules, /^node:/],
      output: { codeSplitting: false },
    },
  },
});
