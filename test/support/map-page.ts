import axe, { type AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { project } from '../../apps/map/src/map/projection.js';
import { homeView } from '../../apps/map/src/map/view.js';
import { openPage, type WatchedPage } from './browser.js';

/** WCAG 2.2 A and AA, and what axe-core thinks well of beside that. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Where something is drawn on the canvas of points, in CSS pixels. */
export interface Drawn {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The page at `/`, without rings around what is new, and all that it has asked for.
 * @param prepare what is done before the page is there
 */
export async function openMapPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
  prepare: (page: Page) => Promise<void> = async () => undefined,
): Promise<WatchedPage & { readonly requested: string[] }> {
  const watched = await openPage(browser, undefined, { reducedMotion: 'reduce', ...options });
  const requested: string[] = [];
  watched.page.on('request', (request) => requested.push(request.url()));
  await prepare(watched.page);
  await watched.page.goto(url);
  return { ...watched, requested };
}

/**
 * Runs in the page, whose types the tests do not have. The canvas is copied before it is read, since Chromium draws one slower
 * that was read.
 */
const BOX_OF_POINTS = `(() => {
  const canvas = document.querySelector('#map-points');
  const { width: across, height: down } = canvas;
  const copy = Object.assign(document.createElement('canvas'), { width: across, height: down });
  const context = copy.getContext('2d', { willReadFrequently: true });
  context.drawImage(canvas, 0, 0);
  const { data } = context.getImageData(0, 0, across, down);
  const drawn = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  for (let pixel = 0; pixel < across * down; pixel++) {
    if (data[pixel * 4 + 3] === 0) continue;
    const [x, y] = [pixel % across, Math.floor(pixel / across)];
    drawn.left = Math.min(drawn.left, x);
    drawn.right = Math.max(drawn.right, x);
    drawn.top = Math.min(drawn.top, y);
    drawn.bottom = Math.max(drawn.bottom, y);
  }
  const [width, height] = [drawn.right - drawn.left + 1, drawn.bottom - drawn.top + 1];
  return width > 0 ? { x: drawn.left + width / 2, y: drawn.top + height / 2, width, height } : null;
})()`;

/** What is drawn on the canvas of points: the box around all of it, or null where it is empty. */
export function drawnPoints(page: Page): Promise<Drawn | null> {
  return page.evaluate<Drawn | null>(BOX_OF_POINTS);
}

/** Where a place is while the map shows the whole world. */
export async function placeOnMap(page: Page, longitude: number, latitude: number): Promise<{ x: number; y: number }> {
  const box = await page.locator('#map-view').boundingBox();
  if (box === null) throw new Error('the map is not to be seen');
  const view = homeView(box);
  const [x, y] = project(longitude, latitude);
  return { x: x * view.k + view.left, y: y * view.k + view.top };
}

/** What axe-core finds wrong with the page as it is, with the elements. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>(`axe.run(document, { runOnly: ${JSON.stringify(RULES)} })`);
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id} (${help}): ${html}`));
}

/** The texts of the rows of the list. */
export function listed(page: Page): Promise<string[]> {
  return page.locator('.event-list li').allInnerTexts();
}
