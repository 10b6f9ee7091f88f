import { join } from 'node:path';
import { MakerBase, type MakerOptions } from '@electron-forge/maker-base';
import type { ForgePlatform } from '@electron-forge/shared-types';
import { archFromString, build, Platform } from 'electron-builder';
import { electronBuilderConfiguration, targetsByPlatform } from './electron-builder.ts';

export interface ElectronBuilderMakerConfig {
  /** Instead of what {@link targetsByPlatform} has for the platform. */
  targets?: string[];
}

/** Hands the application that Forge has packaged to electron-builder, which makes the installers; it publishes nothing. */
export class ElectronBuilderMaker extends MakerBase<ElectronBuilderMakerConfig> {
  readonly name = 'electron-builder';
  readonly defaultPlatforms: ForgePlatform[] = ['linux', 'darwin', 'win32'];

  override isSupportedOnCurrentPlatform(): boolean {
    return true;
  }

  override async make({ dir, makeDir, targetPlatform, targetArch }: MakerOptions): Promise<string[]> {
    const targets = this.config.targets ?? [...(targetsByPlatform[targetPlatform] ?? [])];
    const platform = Platform.fromString(targetPlatform === 'win32' ? 'windows' : targetPlatform);
    return await build({
      prepackaged: dir,
      publish: 'never',
      targets: platform.createTarget(targets, archFromString(targetArch)),
      config: {
        ...electronBuilderConfiguration,
        directories: {
          ...electronBuilderConfiguration.directories,
          output: join(makeDir, 'electron-builder', targetArch),
        },
      },
    });
  }
}
