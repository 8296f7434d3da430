import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBrowser } from '../support/browser.js';
import { ensureBuilt } from '../support/built.js';
import { eventually } from '../support/eventually.js';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { freshDatabaseUrl } from '../support/fresh-database.js';
import { openMapPage } from '../support/map-page.js';
import { WhenceApp } from '../support/whence-app.js';
import { HttpClient } from './http-client.js';

const LONDON = '81.2.69.142';
const DUBLIN = '45.1.1.1';
const IN_DUBLIN = {
  status: 200,
  body: { country_code: 'IE', country: 'Ireland', city: 'Dublin', latitude: 53.35, longitude: -6.26 },
};
const PLACES = 'Places on the map';
/** For longer a table that has something new does not stand still. */
const TABLE_MS = 5_000;

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
  }, 300_000);

  it('can be read as a table while events come: rows stay, and stand still while the page is paused', async () => {
    await submitLocated(client, 'table 1', LONDON);
    const { page } = await openMapPage(browser, `${url}/?name_prefix=table`, {}, (opened) => opened.clock.install());
    const shows = (rows: string[]) => eventually(async () => expect(await rowsOf(page, PLACES)).toEqual(rows));
    await page.getByRole('application', { name: /with 1 located event;/ }).waitFor();
    await page.getByText('The map as a table').click();
    await shows(['London, United Kingdom: 1']);
    await page.evaluate(`Object.assign(document.querySelector('.map-table tbody tr'), { isOfBefore: true })`);

    for (const [count, name, address] of [
      [2, 'table 2', DUBLIN],
      [3, 'table 3', DUBLIN],
    ] as const) {
      await submitLocated(client, name, address);
      await page.getByRole('application', { name: `with ${count} located events;` }).waitFor();
    }
    await page.clock.fastForward(TABLE_MS);
    await shows(['Dublin, Ireland: 2', 'London, United Kingdom: 1']);
    const stayed = await page.evaluate<boolean[]>(
      `[...document.querySelectorAll('.map-table tbody tr')].map((row) => row.isOfBefore === true)`,
    );
    expect(stayed).toEqual([false, true]);

    await page.getByRole('button', { name: 'Pause' }).click();
    await submitLocated(client, 'table 4', LONDON);
    await page.getByRole('application', { name: 'with 4 located events;' }).waitFor();
    await page.clock.fastForward(TABLE_MS);
    await shows(['Dublin, Ireland: 2', 'London, United Kingdom: 1']);
    await page.getByRole('button', { name: 'Show 1 new event' }).click();
    await shows(['Dublin, Ireland: 2', 'London, United Kingdom: 2']);
  });
});
