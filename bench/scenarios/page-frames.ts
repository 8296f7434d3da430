import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { AnyPlaceApi } from '../parts/any-place-api.js';
import { EventFeed } from '../parts/feed-events.js';
import { Installation } from '../parts/installation.js';
import { type FrameTimes, PageVisit, withBrowser } from '../parts/page-visit.js';
import { atLeast, atMost, type Result, type Scenario, told } from '../report.js';

const POINTS = 5_000;
/** More than a page hands on to its list, so that its map has them by the way of what is skipped. */
const FILL_PER_SECOND = 1_000;
const FEED_PER_SECOND = 250;
const LONGEST_FILL_MS = 60_000;
const LIVE_PER_SECOND = 10;
const AN_HOUR_OF_EVENTS = 3_600 * 5;
const FRAME_MS = 1_000 / 60;
/** Of the wheel, of which the page makes a factor of two. */
const ZOOMED_BY_PX = 315;
const LEAST_PAUSE_MS = 2;
const DRAWN_PERCENT = 75;
/** Of a map that moves; where it draws less, it stood still. */
const isMoved: typeof told = (name, percent) => atLeast(name, percent, DRAWN_PERCENT);

/** How smoothly the map moves with 5,000 points on it, and what an hour of events leaves in memory. */
export const frames: Scenario = (say, options) =>
  onPage(async (visit, feed) => {
    await fillMap(visit, feed, say);
    const seconds = options.seconds ?? 8;
    const live = await visit.frames(() => feed.submit(LIVE_PER_SECOND * seconds, LIVE_PER_SECOND));
    say('moving the map');
    const moved = await visit.frames(() => dragFor(visit.page, seconds));
    const zoomed = await visit.frames(() => zoomFor(visit.page, seconds));
    return [
      resultOf(`${LIVE_PER_SECOND} events a second`, live, told),
      resultOf('dragged', moved, isMoved),
      resultOf('zoomed', zoomed, isMoved),
    ];
  });

export const hour: Scenario = (say) =>
  onPage(async (visit, feed) => {
    // What is there at most: the points of the map, the rows of the list.
    await fillMap(visit, feed, say);
    await feed.submit(500, FEED_PER_SECOND);
    const before = await visit.memory();
    const startedAtMs = performance.now();
    say(`an hour of 5 events a second, played at ${FEED_PER_SECOND} a second`);
    await feed.submit(AN_HOUR_OF_EVENTS, FEED_PER_SECOND);
    const tookSeconds = (performance.now() - startedAtMs) / 1_000;
    await pause(3_000);
    const after = await visit.memory();
    const figures = [
      told('events', AN_HOUR_OF_EVENTS),
      told('seconds', tookSeconds),
      told('heap before, MB', before.heapBytes / 1e6),
      told('heap after, MB', after.heapBytes / 1e6),
      told('elements before', before.nodes),
      told('elements after', after.nodes),
      atMost('growth of the heap, MB', (after.heapBytes - before.heapBytes) / 1e6, 2),
    ];
    return [{ run: 'an hour of events', figures }];
  });

async function onPage(use: (visit: PageVisit, feed: EventFeed) => Promise<Result[]>): Promise<Result[]> {
  const api = await AnyPlaceApi.start();
  const settings = { GEOIP_REQUESTS_PER_SECOND: '1000', GEOIP_CONCURRENCY: '25' };
  const service = await Installation.start({ workers: 0, geoIpUrl: api.urlTemplate, settings });
  try {
    return await withBrowser(async (browser) => {
      const visit = await PageVisit.open(browser, `${service.url}/`);
      await visit.page.locator('.tile[data-state=on]').waitFor();
      return use(visit, new EventFeed(service.url));
    });
  } finally {
    await service.stop();
    await api.stop();
  }
}

/**
 * As many points as the map keeps, located while the page is open: a listing alone brings a fifth of them.
 * @throws Error where they do not come
 */
async function fillMap(visit: PageVisit, feed: EventFeed, say: (line: string) => void): Promise<void> {
  say(`bringing ${POINTS} points onto the map`);
  await feed.submit(POINTS, FILL_PER_SECOND);
  const untilMs = performance.now() + LONGEST_FILL_MS;
  for (let points = 0; points < POINTS; points = await visit.points()) {
    if (performance.now() > untilMs) throw new Error(`expected ${POINTS} points on the map, found ${points}`);
    await pause(100);
  }
  await pause(2_000);
}

async function middleOf(page: Page): Promise<{ x: number; y: number }> {
  const box = await page.locator('#map-view').boundingBox();
  if (box === null) throw new Error('the map is not to be seen');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** In circles, at three times the size of the world. */
async function dragFor(page: Page, seconds: number): Promise<void> {
  const { x, y } = await middleOf(page);
  for (let times = 0; times < 2; times++) await page.getByRole('button', { name: 'Zoom in' }).click();
  await pause(500);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await again(seconds, (passed) => page.mouse.move(x + 120 * Math.sin(passed * 5), y + 60 * Math.sin(passed * 7)));
  await page.mouse.up();
}

/** In and out again, to half and to twice the size: a map that has come to an end of its sizes draws nothing. */
async function zoomFor(page: Page, seconds: number): Promise<void> {
  const { x, y } = await middleOf(page);
  await page.mouse.move(x, y);
  let zoomedPx = 0;
  await again(seconds, (passed) => {
    const beforePx = zoomedPx;
    zoomedPx = ZOOMED_BY_PX * Math.sin(passed * 2);
    return page.mouse.wheel(0, beforePx - zoomedPx);
  });
}

/** As often as the browser takes it, which is about once a frame. @param move is told how many seconds have passed */
async function again(seconds: number, move: (passed: number) => Promise<void>): Promise<void> {
  const startedMs = performance.now();
  for (let passed = 0; passed < seconds; passed = (performance.now() - startedMs) / 1_000) {
    await move(passed);
    await pause(LEAST_PAUSE_MS);
  }
}

/** @param drawn judges how many of the frames the page drew */
function resultOf(run: string, { betweenMs, workMs }: FrameTimes, drawn: typeof told): Result {
  const sorted = (values: readonly number[]) => [...values].sort((one, other) => one - other);
  const [between, work] = [sorted(betweenMs), sorted(workMs)];
  const at = (values: number[], share: number) => values[Math.floor(values.length * share)] ?? NaN;
  return {
    run: `${POINTS} points, ${run}`,
    figures: [
      told('frames a second', (between.length * 1_000) / between.reduce((sum, each) => sum + each, 0)),
      told('time between frames, median ms', at(between, 0.5)),
      told('95 %', at(between, 0.95)),
      told('99 %', at(between, 0.99)),
      drawn('times that the page drew, % of the frames', (100 * work.length) / between.length),
      atMost('work of the page for each, median ms', at(work, 0.5), FRAME_MS),
      told('95 %', at(work, 0.95)),
      told('99 %', at(work, 0.99)),
    ],
  };
}
