import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { atTestEnd } from './at-test-end.js';
import { requiredProgram } from './required-programs.js';

/** A host that is not this machine's own name, so that Chromium trusts it as little as any without TLS. */
export const FOREIGN_HOST = 'whence.test';

/** A page in the real Chromium, and all that it has complained of so far. */
export interface WatchedPage {
  readonly page: Page;
  readonly complaints: string[];
}

/** Chromium. It ends with the test, or with the file when called from beforeAll. */
export async function startBrowser(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: requiredProgram('chromium'),
    // It does not run as root with its sandbox, and loads nothing but what the tests serve.
    args: ['--no-sandbox', `--host-resolver-rules=MAP ${FOREIGN_HOST} 127.0.0.1`],
  });
  atTestEnd(() => browser.close());
  return browser;
}

/** An empty page with a memory of its own. Asked for a password by a page, it gives this one. */
export async function openPage(
  browser: Browser,
  password?: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const credentials = password === undefined ? {} : { httpCredentials: { username: 'anybody', password } };
  const context = await browser.newContext({ ...credentials, ...options });
  atTestEnd(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return { page, complaints };
}
