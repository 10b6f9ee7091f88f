import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { openScreen } from './open-screen.ts';
import { serveRenderer } from './renderer-server.ts';
import { states } from './states.ts';

/*
 * Every state of the screen over a channel that says what each state needs: the page's policy is kept, nothing is
 * clipped, and axe has no objection. `npm run pictures` takes pictures as well, to be looked at, in .vite/screens.
 */

const picturesDir = process.env['VIADUCT_PICTURES'];
const sizes = [
  { width: 1440, height: 900 },
  { width: 1024, height: 700 },
];
let server: Awaited<ReturnType<typeof serveRenderer>>;
test.beforeAll(async () => {
  server = await serveRenderer();
});
test.afterAll(() => server.close());

/** Collects what the page's engine objects to, above all a breach of the policy. */
function complaints(page: Page): string[] {
  const list: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') list.push(message.text());
  });
  page.on('pageerror', (error) => list.push(error.message));
  return list;
}

/** Nothing moves any more: pictures are of a screen at rest. */
async function atRest(page: Page): Promise<void> {
  const moving = "document.getAnimations().some(({ playState }) => playState === 'running')";
  await expect.poll(() => page.evaluate<boolean>(moving)).toBe(false);
}

/**
 * In the second theme only the rules on colours can find something else. The screen has no frames, for which axe would
 * open a page of its own.
 */
function axe(page: Page, colorScheme: 'light' | 'dark'): AxeBuilder {
  const builder = new AxeBuilder({ page }).setLegacyMode(true);
  return colorScheme === 'light' ? builder : builder.withRules(['color-contrast', 'link-in-text-block']);
}

/** Fields and buttons of a panel at the side that reach beyond it: it does not scroll sideways. */
const cutOff = `[...document.querySelectorAll('aside')].flatMap((panel) =>
  [...panel.querySelectorAll('button, input, select')]
    .filter((one) => one.getBoundingClientRect().right > panel.getBoundingClientRect().right)
    .map((one) => one.outerHTML))`;

for (const state of states) {
  test(`${state.name} looks right in both themes and sizes`, async ({ page }) => {
    const objections = complaints(page);
    await page.setViewportSize({ width: 1440, height: 900 });
    await openScreen(page, server.url, state.world);
    await state.reach?.(page);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const viewport of sizes) {
        await page.setViewportSize(viewport);
        await atRest(page);
        const picture = `${state.name}.${colorScheme}.${viewport.width}.png`;
        if (picturesDir !== undefined) await page.screenshot({ path: join(picturesDir, picture) });
        const overflow = await page.evaluate<number>(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        expect(overflow, 'nothing sticks out of the window').toBe(0);
        expect(await page.evaluate<string[]>(cutOff), 'nothing to press is cut off in a panel').toEqual([]);
      }
      const { violations } = await axe(page, colorScheme).analyze();
      const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
    }
    expect(objections).toEqual([]);
  });
}
