import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom, zipfDraws } from '../measure/zipf.js';
import { Installation } from '../parts/installation.js';
import { Recorder } from '../parts/recorder.js';
import { publicAddresses, submitAll } from '../parts/submit.js';
import type { Result, Scenario } from '../report.js';
import { nameOf, SEED, SLOW_SHARE } from './budget-load.js';

const EVENTS = 20_000;
const ADDRESSES = 5_000;
const EXPONENT = 1.1;
const MEASURED_AFTER_MS = 60_000;

/** A Zipf-like load: how many events are located after a minute, by value and first come first served. */
export const order: Scenario = async (say) => {
  const results: Result[] = [];
  for (const workers of [0, 2]) {
    const byValue = await locatedAfterAMinute(workers, false, (line) => say(`${nameOf(workers)}, by value: ${line}`));
    const firstCome = await locatedAfterAMinute(workers, true, (line) =>
      say(`${nameOf(workers)}, first come: ${line}`),
    );
    results.push({
      run: nameOf(workers),
      figures: [
        { name: 'events located after 60 s, by value', value: byValue },
        { name: 'events located after 60 s, first come first served', value: firstCome },
        { name: 'ratio', value: byValue / firstCome },
      ],
    });
  }
  return results;
};

async function locatedAfterAMinute(
  workers: number,
  isFirstCome: boolean,
  say: (line: string) => void,
): Promise<number> {
  const recorder = await Recorder.start(SEED, SLOW_SHARE);
  const installation = await Installation.start({ workers, geoIpUrl: recorder.urlTemplate, isFirstCome });
  try {
    const addresses = publicAddresses(ADDRESSES);
    const draws = zipfDraws(EVENTS, ADDRESSES, EXPONENT, seededRandom(SEED));
    const startedAtMs = performance.now();
    await submitAll(
      installation.url,
      draws.map((index) => addresses[index]),
    );
    say(`${EVENTS} events submitted in ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`);
    await sleep(MEASURED_AFTER_MS - (performance.now() - startedAtMs));
    const { located = 0 } = await installation.counts();
    say(`${located} located, ${(await recorder.recording()).arrivals.length} lookups`);
    return located;
  } finally {
    await installation.stop();
    await recorder.stop();
  }
}
