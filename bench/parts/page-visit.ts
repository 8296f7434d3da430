import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';
import { requiredProgram } from '../../test/support/required-programs.js';

const SCREEN = { width: 1_280, height: 800 };

/** What has come over the network, as many bytes as there were on it. */
export interface Loaded {
  readonly url: string;
  readonly bytes: number;
}

/** In milliseconds. */
export interface FrameTimes {
  readonly betweenMs: readonly number[];
  /** The page's own work, each time that it drew. */
  readonly workMs: readonly number[];
}

export interface Network {
  readonly latencyMs: number;
  readonly bytesPerSecond: number;
}

/** Chromium for as long as it is used. */
export async function withBrowser<T>(use: (browser: Browser) => Promise<T>): Promise<T> {
  const browser = await chromium.launch({ executablePath: requiredProgram('chromium'), args: ['--no-sandbox'] });
  try {
    return await use(browser);
  } finally {
    await browser.close();
  }
}

/** A first visit of the page, with nothing in the cache. */
export class PageVisit {
  readonly loaded: Loaded[] = [];

  private constructor(
    readonly page: Page,
    private readonly session: CDPSession,
  ) {}

  static async open(browser: Browser, url: string, network?: Network): Promise<PageVisit> {
    const context = await browser.newContext({ viewport: SCREEN });
    const page = await context.newPage();
    const visit = new PageVisit(page, await context.newCDPSession(page));
    await visit.watch(network);
    // Before anything of the page: how long each frame came after the one before, and how long the page itself worked for it.
    await page.addInitScript(WATCH_FRAMES);
    await page.goto(url);
    return visit;
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }

  /** Milliseconds from the begin of the visit. */
  firstPaintMs(): Promise<number> {
    return this.page.evaluate<number>(
      `performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN`,
    );
  }

  /** How many located events the map has, as it tells those who do not see it. */
  async points(): Promise<number> {
    const numbers = await this.page.locator('#map-numbers').textContent();
    return Number(/has ([\d,]+) located/.exec(numbers ?? '')?.[1]?.replaceAll(',', '') ?? 0);
  }

  /** The frames while something is done. */
  async frames(during: () => Promise<void>): Promise<FrameTimes> {
    await this.page.evaluate('frameWatch.start()');
    await during();
    return this.page.evaluate('frameWatch.stop()');
  }

  /** What the page keeps, without what nobody refers to any more. */
  async memory(): Promise<{ heapBytes: number; nodes: number }> {
    await this.session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await this.session.send('Runtime.getHeapUsage');
    const { nodes } = await this.session.send('Memory.getDOMCounters');
    return { heapBytes: usedSize, nodes };
  }

  private async watch(network?: Network): Promise<void> {
    const urls = new Map<string, string>();
    await this.session.send('Network.enable');
    this.session.on('Network.requestWillBeSent', ({ requestId, request }) => void urls.set(requestId, request.url));
    this.session.on('Network.loadingFinished', ({ requestId, encodedDataLength: bytes }) => {
      this.loaded.push({ url: urls.get(requestId) ?? '', bytes });
    });
    if (network === undefined) return;
    const { latencyMs: latency, bytesPerSecond: throughput } = network;
    const conditions = { offline: false, latency, downloadThroughput: throughput, uploadThroughput: throughput };
    await this.session.send('Network.emulateNetworkConditions', conditions);
  }
}

const WATCH_FRAMES = `{
  const ask = window.requestAnimationFrame.bind(window);
  let told = null;
  window.requestAnimationFrame = (draw) => ask((time) => {
    const before = performance.now();
    draw(time);
    told?.workMs.push(performance.now() - before);
  });
  window.frameWatch = {};
  window.frameWatch.start = () => {
    const mine = (told = { betweenMs: [], workMs: [] });
    let last = null;
    const next = (time) => {
      // Another may have begun in the same frame.
      if (told !== mine) return;
      if (last !== null) told.betweenMs.push(time - last);
      last = time;
      ask(next);
    };
    ask(next);
  };
  window.frameWatch.stop = () => {
    const result = told;
    told = null;
    return result;
  };
}`;
