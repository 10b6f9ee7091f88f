import type { Locator, Page } from '@playwright/test';

export function column(page: Page, host: string): Locator {
  return page.getByRole('region', { name: host });
}

export function card(page: Page, host: string, guest: string): Locator {
  return column(page, host).getByRole('article', { name: guest });
}

/** Lifts web01 from alpha.lab and holds it over a column. */
export async function dragOver(page: Page, host: string): Promise<void> {
  const start = await card(page, 'alpha.lab', 'web01').boundingBox();
  const end = await column(page, host).boundingBox();
  if (!start || !end) throw new Error('The card or the column is not on the screen.');
  await page.mouse.move(start.x + 60, start.y + 20);
  await page.mouse.down();
  await page.mouse.move(start.x + 80, start.y + 30, { steps: 4 });
  await page.mouse.move(end.x + end.width / 2, end.y + 200, { steps: 12 });
}

/** Reviews the move of a guest, by keyboard. */
export async function openReview(page: Page, guest = 'web01', destination = 'beta.lab'): Promise<void> {
  await card(page, 'alpha.lab', guest).getByRole('button', { name: guest, exact: true }).press('m');
  await page
    .getByRole('button', { name: new RegExp(`^${destination.replaceAll('.', String.raw`\.`)}`) })
    .click();
  await page.getByRole('heading', { name: `Move ${guest} from alpha.lab to ${destination}` }).waitFor();
}

/** The part of that review about what travels, at the top of what is seen. */
export async function openStreams(page: Page, destination?: string): Promise<void> {
  await openReview(page, 'web01', destination);
  const streams = page.getByRole('region', { name: 'What travels, and how' });
  await streams.evaluate('(region) => region.scrollIntoView()');
}

/** The options of the review that is open. */
export async function openHow(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^How/ }).click();
}

/** Reviews the move of a guest that is shut off, which the column folds away. */
export async function openOfflineReview(page: Page): Promise<void> {
  await column(page, 'alpha.lab')
    .getByRole('button', { name: /shut off$/ })
    .click();
  await openReview(page, 'old-wiki');
}

/** The first migration of the list. */
export async function openMove(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Migrations/ }).click();
  await page.getByRole('row').nth(1).getByRole('button').click();
}

/** What can be changed while that migration is under way. */
export async function openTuning(page: Page): Promise<void> {
  await openMove(page);
  await page.getByRole('button', { name: /^Change while it moves/ }).click();
}
