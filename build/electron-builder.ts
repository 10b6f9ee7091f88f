import type { Configuration } from 'electron-builder';

/** How electron-builder wraps the application that Forge has packaged. */
export const electronBuilderConfiguration: Configuration = {
  appId: 'example.viaduct',
  productName: 'Viaduct',
  artifactName: 'viaduct-${version}-${os}-${arch}.${ext}',
  directories: { buildResources: 'build/icons' },
  linux: {
    executableName: 'viaduct',
    category: 'System',
    synopsis: 'Moves running KVM/QEMU guests between libvirt hosts, encrypted',
    icon: 'build/icons',
  },
  mac: { category: 'public.app-category.utilities', hardenedRuntime: true, notarize: false },
  win: { icon: 'build/icons/icon.png' },
  nsis: { oneClick: false, perMachine: false },
};

/** What is made on each platform. */
export const targetsByPlatform: Readonly<Record<string, readonly string[]>> = {
  linux: ['AppImage', 'deb', 'tar.gz'],
  darwin: ['dmg'],
  win32: ['nsis'],
};
