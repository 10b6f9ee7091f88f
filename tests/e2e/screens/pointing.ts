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

/** Reviews the move of web01 to beta.lab, by keyboard. */
export async function openReview(page: Page): Promise<void> {
  await card(page, 'alpha.lab', 'web01').getByRole('button', { name: 'web01', exact: true }).press('m');
  await page.getByRole('button', { name: /^beta\.lab/ }).click();
  await page.getByRole('heading', { name: 'Move web01 from alpha.lab to beta.lab' }).waitFor();
}
