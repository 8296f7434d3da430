import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBrowser } from '../support/browser.js';
import { ensureBuilt } from '../support/built.js';
import { eventually } from '../support/eventually.js';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { freshDatabaseUrl } from '../support/fresh-database.js';
import { accessibilityFaults, openMapPage } from '../support/map-page.js';
import { WhenceApp } from '../support/whence-app.js';
import { HttpClient } from './http-client.js';

const LONDON = '81.2.69.142';

async function start(settings: Record<string, string> = {}) {
  const api = await FakeGeoIpApi.start({ [LONDON]: IN_LONDON });
  const app = await WhenceApp.start(await freshDatabaseUrl('sqlite'), api, settings);
  return { app, client: new HttpClient(app.url) };
}

/** Opens all that can be opened. */
async function openEverything(page: Page): Promise<void> {
  await page.locator('[data-status=located] button').first().click();
  await page.locator('.details').waitFor();
  for (const summary of await page.locator('details > summary').all()) await summary.click();
  await page.getByRole('button', { name: 'Send the event' }).click();
  await page.locator('.round-trip [data-state=done]').first().waitFor();
}

/** As people who read with difficulty have it (WCAG 1.4.12). No style sheet of the page, whose policy would refuse it. */
const WITH_SPACE = `(() => {
  const sheet = new CSSStyleSheet();
  const text = '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }';
  sheet.replaceSync(text + 'p { margin-bottom: 2em !important; }');
  document.adoptedStyleSheets = [sheet];
})()`;

/** What there is to do on the page, in its order; of choices that exclude each other the chosen one stands for all. */
const STOPS = `[...document.querySelectorAll('a[href], button, input, textarea, select, summary, [tabindex="0"]')].filter(
  (each) => each.checkVisibility() && !each.disabled && (each.type !== 'radio' || each.checked),
)`;

/** What is beyond the window's sides, where nobody scrolls to, and inputs that lie upon their neighbours. */
function outside(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`[...document.querySelectorAll('body *')].filter((each) => {
    const { left, right, width, height } = each.getBoundingClientRect();
    const field = each.closest('.field')?.getBoundingClientRect();
    const isWithin = left > -1 && right < innerWidth + 1 && (field === undefined || right < field.right + 1);
    return width > 1 && height > 1 && !isWithin && !each.closest('svg');
  }).map((each) => each.outerHTML.slice(0, 120))`);
}

describe('the page at / is for everybody', () => {
  let browser: Browser;
  beforeAll(async () => {
    await ensureBuilt();
    browser = await startBrowser();
  }, 300_000);

  it.each([
    ['light', 320],
    ['dark', 1280],
  ] as const)('axe-core finds nothing wrong with it in %s at %i px', async (colorScheme, width) => {
    const { app, client } = await start();
    for (const [name, address] of [
      ['located', LONDON],
      ['private', '10.0.0.1'],
    ] as const)
      await client.submit({ name }, address);
    const { page, complaints } = await openMapPage(browser, `${app.url}/?name_prefix=l&range=7d`, {
      colorScheme,
      viewport: { width, height: 800 },
    });
    await page.locator('#countries').getByRole('button', { name: 'United Kingdom' }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await openEverything(page);
    // Chromium would tell of what the page's policy forbids.
    expect(complaints).toEqual([]);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await outside(page)).toEqual([]);
    await page.evaluate(WITH_SPACE);
    expect(await outside(page)).toEqual([]);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(width);
  });

  it.each(['light', 'dark'] as const)('nor, in %s, with what it shows when something is wrong', async (colorScheme) => {
    const { app } = await start({ AUTH: 'required' });
    const { page } = await openMapPage(browser, app.url, { colorScheme });
    await page.getByRole('dialog').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByText('They are shown to who has an API key.').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await app.stop();
    const other = await start();
    const away = await openMapPage(browser, `${other.app.url}/?bbox=nowhere`, { colorScheme });
    await away.page.locator('.fault:not(:empty)').first().waitFor();
    await other.app.stop();
    await away.page.getByRole('textbox', { name: 'Area' }).fill('');
    await away.page.getByRole('button', { name: 'Apply' }).click();
    await away.page.locator('#trouble').getByText('The API does not answer').waitFor();
    expect(await accessibilityFaults(away.page)).toEqual([]);
  });

  it('says without JavaScript where events are to be had then, and shows no empty boxes', async () => {
    const { app } = await start();
    const { page } = await openMapPage(browser, app.url, { javaScriptEnabled: false });
    await page.locator('noscript p').waitFor();
    expect(await page.locator('main, .strip, .links, .skip').filter({ visible: true }).count()).toBe(0);
    for (const link of await page.locator('noscript a').all()) {
      const { status } = await fetch(`${app.url}/${await link.getAttribute('href')}`);
      expect(status).toBe(200);
    }
  });

  it('the map says what it has at once, also where the page is paused at once', async () => {
    const { app, client } = await start();
    const taskId = await client.submit({ name: 'once' }, LONDON);
    await eventually(async () => expect((await client.event(taskId)).location_status).toBe('located'));
    const { page } = await openMapPage(browser, app.url);
    await page.locator('.total').getByText('1 event from 1 country').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    const said = 'It has 1 located event; there are some from 1 country.';
    await page.locator('#map-numbers').getByText(said).waitFor();
  });

  it('the map is moved by keys, and says what is in its middle', async () => {
    const { app, client } = await start();
    await client.submit({ name: 'once' }, LONDON);
    const { page } = await openMapPage(browser, `${app.url}/#map=8/51.5/-0.1`);
    const map = page.getByRole('application', { name: 'World map', exact: true });
    await page.locator('#map-numbers').getByText('It has 1 located event;').waitFor();
    await map.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('group', { name: 'Here on the map' }).getByText('London, United Kingdom').waitFor();
    await page.getByRole('button', { name: /^once/ }).and(page.locator(':focus')).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.locator('.details').and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^once/ }).and(page.locator(':focus')).press('Enter');
    await page.locator('.details').and(page.locator(':focus')).waitFor();
    // The map moves, and the button goes that the focus would go back to.
    await page.evaluate("location.hash = '#map=8/51.4/-0.1'");
    await page.getByRole('group', { name: 'Here on the map' }).waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Close the details' }).press('Enter');
    await page.locator('#events').and(page.locator(':focus')).waitFor();
    await map.focus();
    const zoom = () => Number(/#map=([\d.]+)/.exec(page.url())?.[1] ?? 1);
    await page.keyboard.press('+');
    await expect.poll(zoom).toBeGreaterThan(8);
    const before = page.url();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => page.url()).not.toBe(before);
    await page.keyboard.press('0');
    await expect.poll(zoom).toBe(1);
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await expect.poll(zoom).toBeGreaterThan(1);
  });

  it('the focus goes on with something where what it was on goes away', async () => {
    const { app, client } = await start();
    for (const name of ['first', 'second', 'third', 'third']) await client.submit({ name }, '10.0.0.1');
    const { page } = await openMapPage(browser, app.url, {}, (opened) => opened.clock.install());
    const focused = page.locator(':focus');
    const names = page.locator('#names');
    const choose = async (pressed: boolean) => {
      await names.getByRole('button', { name: 'second' }).press('Enter');
      await names.getByRole('button', { name: 'second', pressed }).and(focused).waitFor();
    };
    await choose(true);
    await eventually(async () => expect(await names.locator('tbody tr').count()).toBe(1));
    await choose(false);
    await eventually(async () => expect(await names.locator('tbody tr').count()).toBe(3));
    expect(await focused.innerText()).toBe('second');

    await page.locator('#over-time summary').click();
    const hour = page.locator('#over-time tbody button');
    const before = await hour.innerText();
    await hour.press('Enter');
    // A table that is read stands still for a while.
    await eventually(async () => {
      await page.clock.fastForward(5_000);
      expect(await hour.first().innerText()).not.toBe(before);
    });
    await page.locator('#over-time tbody').locator(focused).waitFor();

    await page.goto(app.url);
    await page.locator('.event-list button', { hasText: 'first' }).focus();
    await client.submitBatch(Array.from({ length: 50 }, (_, index) => ({ name: `newer ${index}` })));
    await page.locator('.event-list button', { hasText: 'newer' }).and(focused).waitFor();
  });

  it('a press of a picture counts, whatever comes before it ends', async () => {
    const { app, client } = await start();
    const { page } = await openMapPage(browser, app.url);
    await page.locator('.tile[data-state=on]').waitFor();
    const box = await page.locator('#events .panel-head svg').boundingBox();
    if (box === null) throw new Error('the button has no picture');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await client.submit({ name: 'meanwhile' }, '10.0.0.1');
    await page.locator('.event-list').getByText('meanwhile').waitFor();
    await page.mouse.up();
    await page.getByRole('button', { name: 'Resume' }).waitFor();
  });

  it('everything is reached with the keyboard alone, in order, beginning with a way past the rest', async () => {
    const { app, client } = await start();
    await client.submit({ name: 'once' }, LONDON);
    const { page } = await openMapPage(browser, app.url);
    // All is there by then, and nothing comes between.
    await page.locator('.event-list [data-status=located]').waitFor();
    await page.locator('.total').getByText('1 event from 1 country').waitFor();
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').innerText()).toBe('Skip to the list of events');
    await page.keyboard.press('Enter');
    expect(await page.locator(':focus').getAttribute('id')).toBe('events');
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').innerText()).toBe('Pause');

    const count = await page.evaluate<number>(`(globalThis.stops = ${STOPS}).length`);
    await page.evaluate('stops[0].focus()');
    const reached = [0];
    while (reached.length < count) {
      await page.keyboard.press('Tab');
      reached.push(await page.evaluate<number>('stops.indexOf(document.activeElement)'));
    }
    expect(count).toBeGreaterThan(20);
    expect(reached).toEqual(Array.from({ length: count }, (_, stop) => stop));
  });
});
