import type { Page } from '@playwright/test';
import type { World } from './fake-channel.ts';

/** One state of the screen: what the other process says, and how the admin gets there. */
export interface ScreenState {
  name: string;
  world: Partial<World>;
  reach?: (page: Page) => Promise<void>;
}
