import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBrowser } from '../support/browser.js';
import { ensureBuilt } from '../support/built.js';
import { eventually } from '../support/eventually.js';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { freshDatabaseUrl } from '../support/fresh-database.js';
import { drawnPoints, listed, openMapPage, placeOnMap } from '../support/map-page.js';
import { requiredProgram } from '../support/required-programs.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { WhenceApp } from '../support/whence-app.js';
import { HttpClient } from './http-client.js';

const LONDON = '81.2.69.142';
const PRIVATE = '10.0.0.1';
const PATIENT = { timeoutMs: 30_000 };

async function start() {
  const api = await FakeGeoIpApi.start({ [LONDON]: IN_LONDON });
  const app = await WhenceApp.start(await freshDatabaseUrl('sqlite'), api);
  return { api, app, client: new HttpClient(app.url) };
}

/** Runs the line that the page shows, as somebody who has copied it. */
async function runLine(line: string): Promise<string> {
  expect(requiredProgram('curl')).toBeTruthy();
  return (await promisify(execFile)('sh', ['-c', `${line} --silent`])).stdout;
}

/** Nothing is sent to a wrong address; what the API refuses is told at its field, which gets the focus, and nowhere else. */
async function refusesWhatIsWrong(page: Page): Promise<void> {
  const send = page.getByRole('button', { name: 'Send the event' });
  const wrong = page.locator('#try [aria-invalid=true]').and(page.locator(':focus'));
  await page.locator('#try').getByLabel('From the address').fill('81.2.69.142, 8.8.8.8');
  await send.click();
  await page.locator('#try').getByLabel('From the address').and(wrong).waitFor();
  await page.locator('#try').getByText('expected one IPv4 or IPv6 address').waitFor();
  await page.locator('#try').getByLabel('From the address').fill('');
  await page.locator('#try').getByLabel('Status code').fill('two');
  await send.click();
  await page.locator('#try').getByLabel('Status code').and(wrong).waitFor();
  const described = await wrong.getAttribute('aria-describedby');
  await page.locator(`#${described}`).getByText(/\w/).waitFor();
  const steps = page.locator('.round-trip li').filter({ visible: true });
  expect(await steps.allInnerTexts()).toEqual([
    expect.stringMatching(/^Not accepted\s+What is wrong is told at its field\.$/),
  ]);
}

describe('the page at /, in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    await ensureBuilt();
    browser = await startBrowser();
  }, 300_000);

  it('shows what its curl line submits as pending, and then on the map where it is, without a reload', async () => {
    const { api, app } = await start();
    const release = api.hold();
    const { page, complaints, requested } = await openMapPage(browser, app.url);
    await page.locator('.tile[data-state=on]').waitFor();
    await page.getByText('No events here yet').waitFor();
    const answer = await runLine((await page.locator('.curl').textContent()) ?? '');
    const { task_id: taskId } = (JSON.parse(answer) as { data: { task_id: string } }).data;

    const row = page.locator(`li[data-task-id="${taskId}"]`);
    await row.and(page.locator('[data-status=pending]')).waitFor();
    expect(await row.innerText()).toMatch(/Pending\s+EC2 Instance Offline[^]*located/);
    expect(await drawnPoints(page)).toBeNull();
    release();
    await row.and(page.locator('[data-status=located]')).waitFor();
    expect(await row.innerText()).toContain('London, United Kingdom');
    const point = await eventually(async () => {
      const drawn = await drawnPoints(page);
      expect(drawn).not.toBeNull();
      return drawn;
    });
    const place = await placeOnMap(page, -0.0931, 51.5142);
    expect(Math.hypot((point?.x ?? 0) - place.x, (point?.y ?? 0) - place.y)).toBeLessThan(2);
    await eventually(
      async () => expect(await page.locator('.total').innerText()).toBe('1 event from 1 country'),
      PATIENT,
    );

    expect(requested.filter((each) => each === `${app.url}/`)).toHaveLength(1);
    expect(requested.filter((each) => !each.startsWith(app.url))).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('sends an event itself, and shows its way and all of it, whatever is filtered by', async () => {
    const { api, app, client } = await start();
    const release = api.hold();
    const { page } = await openMapPage(browser, `${app.url}/?status_code=77`);
    await page.getByRole('button', { name: 'Send the event' }).click();
    const steps = page.locator('.round-trip li');
    await steps.and(page.locator('[data-state=now]')).getByText('Pending').waitFor();
    expect(await steps.first().innerText()).toMatch(/Accepted\s+202 after \d+ ms/);
    await steps.getByText(/located (in about|any moment)/).waitFor();
    // The time that is left is not read out, again and again.
    const said = page.locator('#try').getByText('Pending: waiting for its location');
    expect(await said.getAttribute('role')).toBe('status');
    const details = page.locator('.details');
    const focused = page.locator(':focus');
    await page.getByRole('button', { name: 'Show it' }).click();
    await details.and(focused).waitFor();
    await details.getByRole('button', { name: LONDON }).focus();
    release();
    await steps.getByText('London, United Kingdom').waitFor();
    await details.getByText('51.51° N').waitFor();
    expect(await focused.innerText()).toBe(LONDON);
    await details.getByRole('button', { name: 'Close the details' }).press('Enter');
    expect(await focused.innerText()).toBe('Show it');
    await refusesWhatIsWrong(page);
    await page.locator('#try').getByLabel('Status code').fill(' 2 ');
    await page.locator('#try').getByLabel('From the address').fill(LONDON);
    await page.locator('#try').getByLabel('Name').fill('\u{1f30d}'.repeat(120));
    await page.getByRole('button', { name: 'Send the event' }).dblclick();
    await steps.getByText('202 after').waitFor();
    expect(await page.locator('#try [aria-invalid=true]').count()).toBe(0);
    expect(await page.locator('#try').getByLabel('Status code').inputValue()).toBe('2');
    const { events } = await client.page('/event/?limit=5');
    expect(events).toHaveLength(2);
    expect(events[0]).toMatchObject({ name: '\u{1f30d}'.repeat(120), status_code: 2 });
  });

  it('says that the API is away, and goes on where it was when it is back', async () => {
    const { app, client } = await start();
    const proxy = await TcpProxy.start(new URL(app.url));
    const { page } = await openMapPage(browser, `http://127.0.0.1:${proxy.port}`);
    await client.submit({ name: 'before' }, PRIVATE);
    await page.locator('.event-list').getByText('before').waitFor();
    // What is read out is only what comes into a place that was there before.
    const told = page.locator('#trouble').getByRole('status');
    expect(await told.allTextContents()).toEqual(['']);

    proxy.refuse();
    await told.getByText('The API does not answer.').waitFor();
    expect(await listed(page)).toHaveLength(1);
    await client.submit({ name: 'meanwhile' }, PRIVATE);
    await proxy.goOn();
    await page.getByRole('button', { name: 'Try now' }).press('Enter');
    await page.locator('.event-list').getByText('meanwhile').waitFor();
    await page.locator('#trouble').waitFor({ state: 'hidden' });
    await page.locator('#events').and(page.locator(':focus')).waitFor();
    await page.getByRole('status').getByText('The API answers again.').waitFor();
    await page.locator('.tile[data-state=on]').waitFor();
    expect(await listed(page)).toHaveLength(2);
  });

  it('shows how the lookups do, and asks again when what is pending will be located', async () => {
    const { api, app, client } = await start();
    const release = api.hold();
    const { page, requested } = await openMapPage(browser, `${app.url}/?range=all`);
    await page.locator('.tile[data-state=on]').waitFor();
    await page.getByText('No events here yet').waitFor();
    await client.submit({ name: 'x' }, LONDON);
    const strip = page.locator('#strip');
    await strip.getByText('1 under way').waitFor();
    await strip.getByText('the API answers').waitFor();
    await strip.getByText('mean of the last minute').waitFor();
    expect(await strip.innerText()).toMatch(/of 1000\/s[^]*Oldest pending\s+\d+ s/);
    const readings = () => requested.filter((url) => url === `${app.url}/event/?limit=50`);
    await eventually(() => expect(readings().length).toBeGreaterThan(1), PATIENT);
    release();
    await strip.getByText('all have an outcome').waitFor();
  });

  it('stays calm when thousands come at once, and misses none, neither in the list nor on the map', async () => {
    const { app, client } = await start();
    const { page } = await openMapPage(browser, app.url);
    await page.locator('.tile[data-state=on]').waitFor();
    const names = Array.from({ length: 4_000 }, (_, index) => ({ name: `event ${index}` }));
    const submit = (from: number, to: number) => client.submitBatch(names.slice(from, to), LONDON);
    await page.getByRole('button', { name: 'Pause' }).click();
    await submit(0, 999);
    await eventually(async () => {
      expect((await client.page('/event/?location_status=located&limit=1000')).events).toHaveLength(999);
    });
    // Once this one is told of, all that was located before has been.
    await submit(999, 1_000);
    await page.locator('.missed').getByText('1,000 new events').waitFor();
    expect(await drawnPoints(page)).toBeNull();
    await page.getByRole('button', { name: 'Resume' }).click();
    for (const from of [1_000, 2_000, 3_000]) await submit(from, from + 1_000);
    await page.getByText(/About .* events a second/).waitFor();
    await eventually(
      async () => expect(await page.locator('.total').innerText()).toBe('4,000 events from 1 country'),
      PATIENT,
    );
    await eventually(async () => {
      const rows = await listed(page);
      expect([rows.length, rows[0]]).toEqual([50, expect.stringContaining('event 3999')]);
    }, PATIENT);
    await page.locator('#map-numbers').getByText('It has 4,000 located events;').waitFor();
  });
});
