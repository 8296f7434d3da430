import { setTimeout as pause } from 'node:timers/promises';
import { AnyPlaceApi } from '../parts/any-place-api.js';
import { EventFeed } from '../parts/feed-events.js';
import { Installation } from '../parts/installation.js';
import { type Network, PageVisit, withBrowser } from '../parts/page-visit.js';
import { atMost, type Result, type Scenario, told } from '../report.js';

const EVENTS = 1_000;
const SETTLE_MS = 4_000;
/** As a phone has it in a place that is not a city. */
const SLOW: Network = { latencyMs: 150, bytesPerSecond: 200_000 };
const MOST_BYTES = 200_000;

/** What a first visit of the page loads, and when it shows something. */
export const load: Scenario = async (say, { rounds = 5 }) => {
  const api = await AnyPlaceApi.start();
  const settings = { GEOIP_REQUESTS_PER_SECOND: '1000', GEOIP_CONCURRENCY: '25' };
  const service = await Installation.start({ workers: 0, geoIpUrl: api.urlTemplate, settings });
  try {
    await new EventFeed(service.url).submit(EVENTS, 300);
    return [await visits(service.url, rounds, say), await visits(service.url, rounds, say, SLOW)];
  } finally {
    await service.stop();
    await api.stop();
  }
};

function visits(url: string, rounds: number, say: (line: string) => void, network?: Network): Promise<Result> {
  const run = network === undefined ? 'on this machine' : `with ${network.latencyMs} ms and 1.6 Mbit/s`;
  return withBrowser(async (browser) => {
    const [files, data, paints, scripts]: [number[], number[], number[], number[]] = [[], [], [], []];
    for (let round = 0; round < rounds; round++) {
      const visit = await PageVisit.open(browser, `${url}/`, network);
      await visit.page.locator('.event-list li').first().waitFor();
      scripts.push(await visit.page.evaluate<number>('performance.now()'));
      await pause(SETTLE_MS);
      paints.push(await visit.firstPaintMs());
      files.push(bytesOf(visit, (path) => !path.startsWith('/event') && !path.startsWith('/location')));
      data.push(bytesOf(visit, (path) => path.startsWith('/event')));
      await visit.close();
      say(`${run}: visit ${round + 1} of ${rounds}`);
    }
    return {
      run,
      figures: [
        atMost('bytes of the page and its files', files, MOST_BYTES),
        told(`bytes of data, with ${EVENTS} events`, data),
        told('first contentful paint, ms', paints),
        told('first events listed, ms', scripts),
      ],
    };
  });
}

function bytesOf({ loaded }: PageVisit, counts: (path: string) => boolean): number {
  return loaded.filter(({ url }) => counts(new URL(url).pathname)).reduce((sum, { bytes }) => sum + bytes, 0);
}
