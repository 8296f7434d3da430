import { DataSource } from 'typeorm';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { ApiKeys } from '../support/api-keys.js';
import { startBrowser } from '../support/browser.js';
import { ensureBuilt } from '../support/built.js';
import { eventually } from '../support/eventually.js';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { freshDatabaseUrl } from '../support/fresh-database.js';
import { drawnPoints, openMapPage } from '../support/map-page.js';
import { WhenceApp } from '../support/whence-app.js';
import { HttpClient } from './http-client.js';

const LONDON = '81.2.69.142';
const DUBLIN = '45.1.1.1';
const PRIVATE = '10.0.0.1';
const IN_DUBLIN = {
  status: 200,
  body: { country_code: 'IE', country: 'Ireland', city: 'Dublin', latitude: 53.35, longitude: -6.26 },
};

async function start(settings: Record<string, string> = {}) {
  const api = await FakeGeoIpApi.start({ [LONDON]: IN_LONDON, [DUBLIN]: IN_DUBLIN });
  const app = await WhenceApp.start(await freshDatabaseUrl('sqlite'), api, settings);
  return { api, app, client: new HttpClient(app.url) };
}

/** Three events: two located, one that cannot be. */
async function submitThree(client: HttpClient): Promise<string[]> {
  const taskIds = [
    await client.submit({ name: 'in London', status_code: 1 }, LONDON),
    await client.submit({ name: 'in Dublin', status_code: 2 }, DUBLIN),
    await client.submit({ name: 'in private', status_code: 3 }, PRIVATE),
  ];
  for (const taskId of taskIds)
    await eventually(async () => expect((await client.event(taskId)).location_status).not.toBe('pending'));
  return taskIds;
}

const listHas = (page: Page, names: string[]) =>
  eventually(async () => {
    const titles = await page.locator('.event-list .title').allInnerTexts();
    expect(titles).toEqual(names);
  });

/** What the address says, but for its times. */
const queryOf = (page: Page) => Object.fromEntries(new URL(page.url()).searchParams);

/** What moves by itself can be stopped (WCAG 2.2.2), and does not move for who has asked for that. */
async function standsStillWhenAsked(page: Page): Promise<void> {
  const moving = () =>
    page.evaluate<number>("document.querySelector('.event-list').getAnimations({ subtree: true }).length");
  await eventually(async () => expect(await moving()).toBe(1));
  await page.getByRole('button', { name: 'Pause' }).click();
  const resume = page.getByRole('button', { name: 'Resume' });
  await resume.waitFor();
  // It says by its name what it does: a state beside it would say that twice, or the contrary.
  expect([await moving(), await resume.getAttribute('aria-pressed')]).toEqual([0, null]);
  await resume.click();
  await eventually(async () => expect(await moving()).toBe(1));
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await eventually(async () => expect(await moving()).toBe(0));
}

describe('the state of the page at /, in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    await ensureBuilt();
    browser = await startBrowser();
  }, 300_000);

  it('is in the address: filters of the API, to which Back leads and links lead', async () => {
    const { app, client } = await start();
    await submitThree(client);
    const { page } = await openMapPage(browser, app.url);
    await listHas(page, ['in private', 'in Dublin', 'in London']);
    await page.locator('#countries').getByRole('button', { name: 'Ireland' }).click();
    await listHas(page, ['in Dublin']);
    expect(queryOf(page)).toEqual({ country_code: 'IE' });
    await page.locator('#filters summary').click();
    await page.getByLabel('Country code').fill('ie, GB');
    await page.getByRole('checkbox', { name: 'Located' }).check();
    await page.getByRole('button', { name: 'Apply' }).click();
    await listHas(page, ['in Dublin', 'in London']);
    expect(queryOf(page)).toEqual({ country_code: 'IE,GB', location_status: 'located' });
    await page.goBack();
    await listHas(page, ['in Dublin']);
    await page.goBack();
    await listHas(page, ['in private', 'in Dublin', 'in London']);

    const linked = await openMapPage(browser, `${app.url}/?country_code=IE,GB&location_status=located&status_code=1`);
    await listHas(linked.page, ['in London']);
    expect(await linked.page.title()).toMatch(
      /^Status code: 1, Country: Ireland, United Kingdom, Status: located – Whence$/,
    );
    await linked.page.getByRole('button', { name: 'Remove the filter Status code: 1' }).press('Enter');
    await listHas(linked.page, ['in Dublin', 'in London']);
    const focus = linked.page.locator(':focus');
    for (const name of ['Remove the filter Country', 'Remove the filter Status: located']) {
      await linked.page.getByRole('button', { name }).and(focus).waitFor();
      await focus.press('Enter');
    }
    await linked.page.locator('summary').filter({ hasText: 'Filters' }).and(focus).waitFor();
    await listHas(linked.page, ['in private', 'in Dublin', 'in London']);
  });

  it('tells what the API says of a filter, at its field, and goes on with a right one', async () => {
    const { app, client } = await start();
    await submitThree(client);
    const { page } = await openMapPage(browser, app.url);
    const alert = page.locator('#filters').getByRole('alert');
    expect(await alert.allTextContents()).toEqual(['']);
    await page.goto(`${app.url}/?country_code=Ireland&location_status=foo&received_from=yesterday`);
    const statuses = page.getByRole('group', { name: 'Location status' });
    for (const place of [
      statuses,
      page.getByLabel('Country code').locator('..'),
      page.getByLabel('Received from').locator('..'),
    ])
      await place.getByText(/^expected /).waitFor();
    expect(await alert.innerText()).toMatch(
      /^These filters cannot be used\. Status: expected .* Country: expected .* From: expected /,
    );
    await page.getByText('These filters cannot be used: what is wrong is told above.').waitFor();
    expect(await page.locator('[aria-invalid=true]').count()).toBe(6);
    await page.getByLabel('Country code').fill('IE');
    await page.getByLabel('Country code').press('Enter');
    await listHas(page, ['in Dublin']);
    expect(queryOf(page)).toEqual({ country_code: 'IE' });
    expect([await page.locator('[aria-invalid=true]').count(), await alert.allTextContents()]).toEqual([0, ['']]);
    await page.getByRole('status').getByText('1 event from 1 country').waitFor();
  });

  it('lets go of what is pending no more, where only that is asked for', async () => {
    const { api, app, client } = await start();
    const release = api.hold();
    const moving = { reducedMotion: 'no-preference' } as const;
    const { page } = await openMapPage(browser, `${app.url}/?location_status=pending`, moving);
    await page.locator('.tile[data-state=on]').waitFor();
    const taskId = await client.submit({ name: 'located soon' }, LONDON);
    await client.submit({ name: 'of no place' }, PRIVATE);
    await listHas(page, ['located soon']);
    await standsStillWhenAsked(page);
    release();
    await eventually(async () => expect((await client.event(taskId)).location_status).toBe('located'));
    await listHas(page, []);
    expect(await drawnPoints(page)).toBeNull();
  });

  it('shows an event in full, wherever it is', async () => {
    const { app, client } = await start();
    const [taskId = ''] = await submitThree(client);
    const { page } = await openMapPage(browser, `${app.url}/?status_code=3&event=${taskId}`);
    await listHas(page, ['in private']);
    const details = page.locator('.details');
    await details.getByText('51.51° N, 0.09° W').waitFor();
    await details.getByRole('button', { name: 'Show on the map' }).click();
    await expect.poll(() => new URL(page.url()).hash).toMatch(/^#map=6\.0\/51\.\d+\/-0\.\d+$/);
    await details.getByRole('button', { name: 'Close the details' }).press('Escape');
    expect(queryOf(page)).toEqual({ status_code: '3' });
    await details.waitFor({ state: 'hidden' });
    await page.goto(`${app.url}/?event=0199c5d8-7c6e-7b3a-9f10-0d8a4f1c2b3e`);
    await page.locator('.details .fault').waitFor();
  });

  it('pages back without a hole, and stands still while somebody does', async () => {
    const { app, client } = await start();
    await client.submitBatch(Array.from({ length: 120 }, (_, index) => ({ name: `event ${index}` })));
    const { page } = await openMapPage(browser, app.url);
    const events = (last: number) => Array.from({ length: 120 - last }, (_, index) => `event ${119 - index}`);
    await listHas(page, events(70));
    await client.submit({ name: 'live' }, PRIVATE);
    await listHas(page, ['live', ...events(71)]);
    const older = page.getByRole('button', { name: 'Older events' });
    await older.click();
    await listHas(page, ['live', ...events(21)]);
    await client.submit({ name: 'new' }, PRIVATE);
    const resume = page.getByRole('button', { name: 'Resume' });
    await page.locator('.missed').getByText('1 new event').waitFor();
    await older.click();
    await listHas(page, ['live', ...events(0)]);
    await older.waitFor({ state: 'hidden' });
    await page.locator('.event-list li:last-child button').and(page.locator(':focus')).waitFor();
    await resume.click();
    await listHas(page, ['new', 'live', ...events(72)]);
  });

  it('asks for a key where one is needed, and keeps it in the tab', async () => {
    const { app } = await start({ AUTH: 'required' });
    const keys = new ApiKeys(app.get(DataSource));
    const [reader, submitter] = [await keys.make({ scopes: ['read'] }), await keys.make({ scopes: ['submit'] })];
    const address = `${app.url}/?event=0199c5d8-7c6e-7b3a-9f10-0d8a4f1c2b3e`;
    const { page, requested } = await openMapPage(browser, address, {}, (opened) => opened.clock.install());
    const enter = async (key: string) => {
      await page.getByLabel('API key').fill(key);
      await page.getByRole('button', { name: 'Show the events' }).click();
    };
    await page.getByRole('dialog', { name: 'This service asks for a key' }).waitFor();
    /** Whoever has left the question is not asked again by time. */
    const leave = async () => {
      await page.keyboard.press('Escape');
      const asked = requested.length;
      await page.clock.fastForward('02:00');
      await page.evaluate("fetch('health')");
      expect([await page.getByRole('dialog').isVisible(), requested.slice(asked)]).toEqual([
        false,
        [`${app.url}/health`],
      ]);
    };
    await leave();
    await page.getByRole('button', { name: 'Enter a key' }).and(page.locator(':focus')).press('Enter');
    await page.getByRole('button', { name: 'Not now' }).click();
    await page.getByRole('button', { name: 'Enter a key' }).and(page.locator(':focus')).press('Enter');
    await enter('ключ');
    await page.getByRole('alert').getByText('This is no API key').waitFor();
    await enter('hunter2');
    await page.getByText('The API key is unknown, has expired or was revoked.').waitFor();
    await enter(submitter.text);
    await page.getByText('The API key lacks the scope read.').waitFor();
    await enter(reader.text);
    await page.locator('#events').and(page.locator(':focus')).waitFor();
    await page.locator('.details').getByText('There is no event with this task id.').waitFor();
    await page.getByText('No events here yet').waitFor();
    await page.getByRole('button', { name: 'Send the event' }).click();
    await page.locator('.round-trip').getByText('The API key lacks the scope submit.').waitFor();
    expect(await page.locator('.curl').innerText()).toContain('X-API-Key: $WHENCE_KEY');
    expect(await page.content()).not.toContain(reader.text);

    await page.reload();
    await page.getByText('No events here yet').waitFor();
    expect(await page.evaluate('[localStorage.length, document.cookie]')).toEqual([0, '']);
    const otherTab = await page.context().newPage();
    await otherTab.goto(app.url);
    await otherTab.getByRole('dialog').waitFor();
    const headers = { 'content-type': 'application/json', 'x-api-key': submitter.text };
    await fetch(`${app.url}/event/submit/`, { method: 'POST', headers, body: '{"name":"last"}' });
    await page.locator('.event-list').getByText('last').waitFor();
    await keys.revoke(reader.id);
    await page.getByText('The API key is unknown, has expired or was revoked.').waitFor();
    await leave();
    await page.getByText('No new events come. They are shown to who has an API key.').waitFor();
    expect(await page.locator('#strip').getByText('nothing new comes').isVisible()).toBe(true);
    expect(await page.locator('.event-list li').count()).toBe(1);
    await page.reload();
    await page.getByRole('dialog').waitFor();
  });
});
