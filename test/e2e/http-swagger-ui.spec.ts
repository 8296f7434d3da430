import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { DataSource } from 'typeorm';
import { beforeAll, describe, expect, it } from 'vitest';
import { ApiKeys } from '../support/api-keys.js';
import { atTestEnd } from '../support/at-test-end.js';
import { FOREIGN_HOST, openPage, startBrowser } from '../support/browser.js';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { freshDatabaseUrl } from '../support/fresh-database.js';
import { WhenceApp } from '../support/whence-app.js';
import { OPENAPI } from './http-openapi.js';

/** What the documentation proposes as X-Forwarded-For. */
const EXAMPLE_ADDRESS = '81.2.69.142';
/** How many operations the page shows. */
const OPERATIONS = Object.values(OPENAPI.paths).flatMap((operations) => Object.keys(operations)).length;

async function start(settings: Record<string, string> = {}): Promise<WhenceApp> {
  const api = await FakeGeoIpApi.start({ [EXAMPLE_ADDRESS]: IN_LONDON });
  return WhenceApp.start(await freshDatabaseUrl('sqlite'), api, settings);
}

async function openDocumentation(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/docs`);
  await page
    .locator('.opblock')
    .nth(OPERATIONS - 1)
    .waitFor();
}

/** Gives the page a key with the Authorize button, for one of the ways in which keys are sent. */
async function authorize(page: Page, way: RegExp, key: string): Promise<void> {
  await page.locator('.btn.authorize').first().click();
  const form = page.locator('.auth-container', { hasText: way });
  await form.locator('input').fill(key);
  await form.getByRole('button', { name: 'Apply credentials' }).click();
  await page.locator('.btn-done').first().click();
}

/** Submits the event that the page proposes. @returns the status that the page shows */
async function submitExample(page: Page): Promise<string> {
  const operation = page.locator('[id$=submitEvent]');
  await operation.locator('.opblock-summary-control').click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  await operation.getByRole('button', { name: 'Execute' }).click();
  return operation.locator('.live-responses-table .response-col_status').last().innerText();
}

describe('in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await startBrowser()), 300_000);

  it('Swagger UI works without keys, also without TLS under another name, and complains of nothing', async () => {
    const app = await start();
    const { page, complaints } = await openPage(browser);
    await openDocumentation(page, app.url.replace('127.0.0.1', FOREIGN_HOST));
    expect(await submitExample(page)).toMatch(/^202/);
    expect([complaints, await app.storedEvents()]).toEqual([[], 1]);
  });

  it.each([
    ['Authorization', /bearer/],
    ['X-API-Key', /api_key/],
  ])('its Authorize button sends a key as %s, whichever key opened the page', async (_header, way) => {
    const app = await start({ AUTH: 'required' });
    const keys = new ApiKeys(app.get(DataSource));
    const [reader, submitter] = [await keys.make({ scopes: ['read'] }), await keys.make({ scopes: ['submit'] })];
    const { page, complaints } = await openPage(browser, reader.text);
    await openDocumentation(page, app.url);
    await authorize(page, way, submitter.text);
    expect(await submitExample(page)).toMatch(/^202/);
    expect([complaints, await app.storedEvents()]).toEqual([[], 1]);
  });

  it('pages of origins that CORS_ORIGINS names can call the service, and no others', async () => {
    const [named, other] = [await emptyPage(), await emptyPage()];
    const app = await start({ AUTH: 'required', CORS_ORIGINS: named });
    const { text } = await new ApiKeys(app.get(DataSource)).make({ scopes: ['submit'] });
    const submitFrom = async (origin: string) => {
      const { page } = await openPage(browser);
      await page.goto(origin);
      return page.evaluate(submitAsPage, { url: app.url, key: text });
    };
    expect(await submitFrom(named)).toEqual({ status: 202, requestId: 'of-a-page' });
    expect(await submitFrom(other)).toBe('TypeError: Failed to fetch');
    expect(await app.storedEvents()).toBe(1);
  });
});

/** Runs in the page. */
async function submitAsPage({ url, key }: { url: string; key: string }) {
  const headers = { 'Content-Type': 'application/json', 'X-API-Key': key, 'X-Request-Id': 'of-a-page' };
  try {
    const answer = await fetch(`${url}/event/submit/`, { method: 'POST', headers, body: '{"name":"x"}' });
    return { status: answer.status, requestId: answer.headers.get('x-request-id') };
  } catch (error) {
    return String(error);
  }
}

/** Serves an empty page. @returns its origin */
async function emptyPage(): Promise<string> {
  const server = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<p>'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atTestEnd(async () => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
