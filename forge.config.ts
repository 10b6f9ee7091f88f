import type { ForgeConfig } from '@electron-forge/shared-types';
import { VitePlugin } from '@electron-forge/plugin-vite';
import { ElectronBuilderMaker } from './build/electron-builder-maker.ts';

/** A folder with Electron's own zip archives, for machines that cannot download them. */
const { VIADUCT_ELECTRON_ZIP_DIR: electronZipDir } = process.env;

const config: ForgeConfig = {
  packagerConfig: {
    name: 'Viaduct',
    executableName: 'viaduct',
    appBundleId: 'example.viaduct',
    icon: 'build/icons/icon',
    asar: true,
    ...(electronZipDir === undefined ? {} : { electronZipDir }),
  },
  // Nothing native is shipped: ssh2 runs without its addon.
  rebuildConfig: { onlyModules: [] },
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
