import type { ForgeConfig } from '@electron-forge/shared-types';
import { VitePlugin } from '@electron-forge/plugin-vite';
import { ElectronBuilderMaker } from './build/electron-builder-maker.ts';
import { copyPackagedModules, unpackedFiles } from './build/packaged-modules.ts';

/** A folder with Electron's own zip archives, for machines that cannot download them. */
const { VIADUCT_ELECTRON_ZIP_DIR: electronZipDir } = process.env;

const config: ForgeConfig = {
  packagerConfig: {
    name: 'Viaduct',
    executableName: 'viaduct',
    appBundleId: 'example.viaduct',
    icon: 'build/icons/icon',
    asar: { unpack: unpackedFiles },
    ...(electronZipDir === undefined ? {} : { electronZipDir }),
  },
  // ssh2 runs without its addon; node-pty's is Node-API and needs no build for Electron.
  rebuildConfig: { onlyModules: [] },
  hooks: { packageAfterCopy: (_config, application) => copyPackagedModules(application) },
  makers: [new ElectronBuilderMaker()],
  plugins: [
    new VitePlugin({
      build: [
        { entry: 'electron/main/main.ts', config: 'build/vite.main.config.ts', target: 'main' },
        { entry: 'electron/preload/preload.ts', config: 'build/vite.preload.config.ts', target: 'preload' },
      ],
      renderer: [{ name: 'main_window', config: 'build/vite.renderer.config.ts' }],
    }),
  ],
};

export default config;
