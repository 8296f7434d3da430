import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBrowser } from '../support/browser.js';
import { ensureBuilt } from '../support/built.js';
import { eventually } from '../support/eventually.js';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { freshDatabaseUrl } from '../support/fresh-database.js';
import { Fingers } from '../support/fingers.js';
import { drawnPoints, openMapPage, placeOnMap } from '../support/map-page.js';
import { WhenceApp } from '../support/whence-app.js';
import { HttpClient } from './http-client.js';

const LONDON = '81.2.69.142';
const DUBLIN = '45.1.1.1';
const IN_DUBLIN = {
  status: 200,
  body: { country_code: 'IE', country: 'Ireland', city: 'Dublin', latitude: 53.35, longitude: -6.26 },
};
const PLACES = 'Places on the map';
/** For longer a table, or what describes the map, does not stand still when there is something new. */
const CALM_MS = 5_000;

async function start() {
  const api = await FakeGeoIpApi.start({ [LONDON]: IN_LONDON, [DUBLIN]: IN_DUBLIN });
  const app = await WhenceApp.start(await freshDatabaseUrl('sqlite'), api);
  return app;
}

async function submitLocated(client: HttpClient, name: string, address: string): Promise<void> {
  const taskId = await client.submit({ name }, address);
  await eventually(async () => expect((await client.event(taskId)).location_status).toBe('located'));
}

/** The rows of a table, without when the latest of each was. */
async function rowsOf(page: Page, label: string): Promise<string[]> {
  const rows = await page.getByRole('region', { name: label }).locator('tbody tr').all();
  return Promise.all(rows.map(async (row) => (await row.locator('th, td').allInnerTexts()).slice(0, 2).join(': ')));
}

/** Waits until it is told of the map how many points it has. */
function mapHas(page: Page, count: string, options: { timeout?: number } = {}): Promise<void> {
  return page.locator('#map-numbers').getByText(`It has ${count};`).waitFor(options);
}

/** In CSS pixels of what is in sight. */
async function onScreen(page: Page, place: { x: number; y: number }): Promise<[x: number, y: number]> {
  const box = await page.locator('#map-view').boundingBox();
  return [(box?.x ?? 0) + place.x, (box?.y ?? 0) + place.y];
}

async function middleOf(page: Page): Promise<[x: number, y: number]> {
  const box = await page.locator('#map-view').boundingBox();
  return onScreen(page, { x: (box?.width ?? 0) / 2, y: (box?.height ?? 0) / 2 });
}

/** The place of the map, as the address has it: 1 and 0 for the whole world. */
const placeOf = (page: Page) => /#map=([\d.]+)\/[-\d.]+\/([-\d.]+)$/.exec(page.url());
const zoomOf = (page: Page) => Number(placeOf(page)?.[1] ?? 1);
const longitudeOf = (page: Page) => Number(placeOf(page)?.[2] ?? 0);

/** All of them are shown in one page: filters keep those of one test apart. */
describe('the map of the page at /, in Chromium', () => {
  let browser: Browser;
  let client: HttpClient;
  let url: string;
  beforeAll(async () => {
    await ensureBuilt();
    browser = await startBrowser();
    const app = await start();
    url = app.url;
    client = new HttpClient(url);
    for (const name of ['press 1', 'press 2']) await submitLocated(client, name, LONDON);
  }, 300_000);

  /** With some events in the middle of the map, which are one mark. */
  async function openMiddle(prefix: string, count: string) {
    const opened = await openMapPage(browser, `${url}/?name_prefix=${prefix}#map=6/51.51/-0.09`, {}, (page) =>
      page.clock.install(),
    );
    await mapHas(opened.page, count);
    // What has just come is drawn by itself until it is put together with what it lies upon.
    await opened.page.clock.fastForward(2_000);
    return opened;
  }

  it('can be read as a table while events come: rows stay, and stand still while the page is paused', async () => {
    await submitLocated(client, 'table 1', LONDON);
    const { page } = await openMapPage(browser, `${url}/?name_prefix=table`, {}, (opened) => opened.clock.install());
    const shows = (rows: string[]) => eventually(async () => expect(await rowsOf(page, PLACES)).toEqual(rows));
    await mapHas(page, '1 located event');
    await page.getByText('The map as a table').click();
    await shows(['London, United Kingdom: 1']);
    await page.evaluate(`Object.assign(document.querySelector('.map-table tbody tr'), { isOfBefore: true })`);

    for (const [count, name, address] of [
      [2, 'table 2', DUBLIN],
      [3, 'table 3', DUBLIN],
    ] as const) {
      await submitLocated(client, name, address);
      await eventually(async () => {
        await page.clock.fastForward(CALM_MS);
        await mapHas(page, `${count} located events`, { timeout: 500 });
      });
    }
    await page.clock.fastForward(CALM_MS);
    await shows(['Dublin, Ireland: 2', 'London, United Kingdom: 1']);
    const stayed = await page.evaluate<boolean[]>(
      `[...document.querySelectorAll('.map-table tbody tr')].map((row) => row.isOfBefore === true)`,
    );
    expect(stayed).toEqual([false, true]);

    const total = page.locator('.total');
    await eventually(async () => {
      await page.clock.fastForward(CALM_MS);
      expect(await total.innerText()).toBe('3 events from 2 countries');
    });
    await page.getByRole('button', { name: 'Pause' }).click();
    const told = () => page.locator('main section:not(#events, #try)').allInnerTexts();
    const ages = () => page.locator('.event-list .age').allInnerTexts();
    const before = [await told(), await ages()];
    const counted = page.waitForResponse(
      async (answer) => answer.url().includes('by=time') && answer.ok() && (await answer.text()).includes('"total":4'),
    );
    await submitLocated(client, 'table 4', LONDON);
    await page.locator('.missed').getByText('1 new event').waitFor();
    // As long as it takes: counting seems slow to the page when the clock is put forward meanwhile, and is then done less often.
    let isCounted = false;
    void counted.then(() => (isCounted = true));
    await eventually(async () => {
      await page.clock.fastForward(CALM_MS);
      expect(isCounted).toBe(true);
    });
    await (await counted).finished();
    await page.clock.fastForward(2 * CALM_MS);
    expect([await told(), await ages()]).toEqual(before);
    await page.getByRole('button', { name: 'Resume' }).click();
    await total.getByText('4 events from 2 countries').waitFor();
    await mapHas(page, '4 located events');
    await shows(['Dublin, Ireland: 2', 'London, United Kingdom: 2']);
  });

  it('lets go of what is too old for the chosen range', async () => {
    await submitLocated(client, 'range', LONDON);
    const { page } = await openMapPage(browser, `${url}/?name_prefix=range&range=15m`, {}, (opened) =>
      opened.clock.install(),
    );
    await mapHas(page, '1 located event');
    await page.clock.fastForward('16:00');
    await mapHas(page, '0 located events');
    await eventually(async () => expect(await drawnPoints(page)).toBeNull());
    // A count that was under way seems to have taken sixteen minutes, and the next one waits for as long as it ever does.
    const counted = async () => {
      await page.clock.fastForward('01:00');
      expect(await page.locator('.total').innerText()).toBe('0 events from 0 countries');
    };
    await eventually(counted, { everyMs: 200 });
  });

  it('has countries and times that are chosen each by itself, in rows that are large enough', async () => {
    for (const address of [LONDON, DUBLIN]) await submitLocated(client, 'chosen', address);
    const { page } = await openMapPage(browser, `${url}/?name_prefix=chosen&country_code=GB,IE`);
    const queried = () => Object.fromEntries(new URL(page.url()).searchParams);
    const countries = page.locator('#countries');
    await countries.getByRole('button', { name: 'Ireland', pressed: true }).waitFor();
    await countries.getByRole('button', { name: 'United Kingdom', pressed: true }).click();
    expect(queried()).toMatchObject({ country_code: 'IE' });
    await countries.getByRole('button', { name: 'Ireland', pressed: true }).waitFor();
    await page.locator('#over-time summary').click();
    const time = page.locator('#over-time tbody button');
    expect((await time.boundingBox())?.height).toBeGreaterThanOrEqual(24);
    await time.click();
    const { received_from: from = '', received_to: to = '' } = queried();
    expect(Date.parse(to) - Date.parse(from)).toBe(3_600_000);
  });

  it('tells of a mark by pointer and press, which Escape closes', async () => {
    const { page } = await openMiddle('press', '2 located events');
    const map = page.locator('#map-view');
    const popup = page.getByRole('group', { name: 'Here on the map' });
    const [x, y] = await middleOf(page);

    await page.mouse.move(x, y);
    await popup.getByText('London, United Kingdom · 2 events').waitFor();
    expect(await page.evaluate(`getComputedStyle(document.querySelector('#map-view')).cursor`)).toBe('pointer');
    const box = await popup.boundingBox();
    if (box === null) throw new Error('nothing is told of the mark');
    await page.mouse.move(box.x + box.width / 2, box.y + 12, { steps: 8 });
    await page.clock.fastForward(2_000);
    expect(await popup.innerText()).toContain('London, United Kingdom · 2 events');
    // To the sea, of which nothing is told.
    await page.mouse.move(...(await onScreen(page, { x: 30, y: 30 })), { steps: 8 });
    await page.clock.fastForward(2_000);
    await popup.waitFor({ state: 'hidden' });
    await page.mouse.move(x, y);
    await popup.getByText('London, United Kingdom · 2 events').waitFor();
    await page.keyboard.press('Escape');
    await popup.waitFor({ state: 'hidden' });

    await page.mouse.click(x, y);
    await popup.getByRole('button').first().focus();
    await page.keyboard.press('Escape');
    await popup.waitFor({ state: 'hidden' });
    expect(await map.evaluate('document.activeElement.id')).toBe('map-view');

    await page.mouse.click(x, y);
    await popup.getByRole('button').first().waitFor();
    await page.evaluate("location.hash = '#map=6/40/-30'");
    await popup.waitFor({ state: 'hidden' });
  });

  it('zooms with two presses, and moves by what begins on a mark and by buttons, none of which opens it', async () => {
    const { page } = await openMiddle('press 1', '1 located event');
    const [x, y] = await middleOf(page);
    const opened = async () => {
      // Later than a press would wait for a second one.
      await page.clock.fastForward(1_000);
      return new URL(page.url()).searchParams.get('event');
    };
    await page.mouse.dblclick(x, y);
    await expect.poll(() => zoomOf(page)).toBe(10.8);
    expect(await opened()).toBe(null);

    await page.mouse.down();
    await page.mouse.move(x + 60, y, { steps: 4 });
    await page.mouse.up();
    await expect.poll(() => longitudeOf(page)).toBeLessThan(-2);
    expect(await opened()).toBe(null);

    const dragged = longitudeOf(page);
    await page.getByRole('button', { name: 'To the east' }).click();
    await expect.poll(() => longitudeOf(page)).toBeGreaterThan(dragged);
    await page.getByRole('button', { name: 'Show the whole world' }).click();
    await page.getByRole('button', { name: 'To the east' }).waitFor({ state: 'hidden' });

    const place = await onScreen(page, await placeOnMap(page, -0.0931, 51.5142));
    await page.mouse.click(...place);
    await expect.poll(opened).not.toBe(null);
  });

  it('zooms with the wheel around the pointer, with Ctrl or while it has the focus', async () => {
    await submitLocated(client, 'wheel', LONDON);
    const { page } = await openMapPage(browser, `${url}/?name_prefix=wheel`, {
      viewport: { width: 1280, height: 500 },
    });
    const scrolled = () => page.evaluate<number>('scrollY');
    await mapHas(page, '1 located event');
    await page.locator('#map-view').scrollIntoViewIfNeeded();
    const place = await placeOnMap(page, -0.0931, 51.5142);
    const [x, y] = await onScreen(page, place);
    await page.mouse.move(x, y);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -150);
    await page.keyboard.up('Control');
    await expect.poll(() => zoomOf(page)).toBeGreaterThan(3);
    const drawn = await eventually(async () => {
      const now = await drawnPoints(page);
      // A wheel is at a whole pixel, of which there are more than four now.
      expect(Math.hypot((now?.x ?? 0) - place.x, (now?.y ?? 0) - place.y)).toBeLessThan(5);
      return now;
    });

    const top = await scrolled();
    await page.mouse.wheel(0, 100);
    await expect.poll(scrolled).toBeGreaterThan(top);
    // What a wheel does to the map is drawn in the next frame.
    await page.evaluate('new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)))');
    expect(await drawnPoints(page)).toMatchObject({ x: drawn?.x, y: drawn?.y });
    await page.locator('#map-view').focus();
    const [nowX, nowY] = await onScreen(page, place);
    await page.mouse.move(nowX, nowY);
    await page.mouse.wheel(0, 1_000);
    await expect.poll(() => zoomOf(page)).toBe(1);
  });

  it('is moved by a finger, and zoomed by two', async () => {
    await submitLocated(client, 'touch', LONDON);
    const { page } = await openMapPage(browser, `${url}/?name_prefix=touch`, { hasTouch: true }, (opened) =>
      opened.clock.install(),
    );
    await mapHas(page, '1 located event');
    const fingers = await Fingers.on(page);
    const [x, y] = await onScreen(page, await placeOnMap(page, -0.0931, 51.5142));
    await fingers.go([
      [
        [x - 20, y],
        [x - 80, y],
      ],
      [
        [x + 20, y],
        [x + 80, y],
      ],
    ]);
    await expect.poll(() => zoomOf(page)).toBeCloseTo(4, 0);
    const pinched = longitudeOf(page);
    await fingers.go([
      [
        [x, y],
        [x + 100, y + 40],
      ],
    ]);
    await expect.poll(() => longitudeOf(page)).toBeLessThan(pinched - 5);
    // Later than a press would wait for a second one.
    await page.clock.fastForward(1_000);
    expect(new URL(page.url()).searchParams.get('event')).toBe(null);
  });
});
