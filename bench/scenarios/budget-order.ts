import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom, zipfDraws } from '../measure/zipf.js';
import { Installation } from '../parts/installation.js';
import { sayWhile } from '../parts/progress.js';
import { Recorder } from '../../test/support/recorder.js';
import { publicAddresses, submitAll } from '../parts/submit.js';
import type { Result, Scenario } from '../report.js';
import { nameOf, SEED, SLOW_SHARE } from './budget-load.js';

const EVENTS = 20_000;
const ADDRESSES = 5_000;
const EXPONENT = 1.1;
const MEASURED_AFTER_MS = 60_000;

/** A Zipf-like load: how many events are located after a minute, by value and first come first served. */
export const order: Scenario = async (say) => {
  say(`seed ${SEED}`);
  const results: Result[] = [];
  for (const workers of [0, 2]) {
    const byValue = await locatedAfterAMinute(workers, false, (line) => say(`${nameOf(workers)}, by value: ${line}`));
    const firstCome = await locatedAfterAMinute(workers, true, (line) =>
      say(`${nameOf(workers)}, first come: ${line}`),
    );
    results.push({
      run: nameOf(workers),
      figures: [
        { name: 'events located after 60 s, by value', value: byValue.located },
        { name: 'the most that as many lookups can locate', value: mostLocatable(byValue.lookups) },
        { name: 'events located after 60 s, first come first served', value: firstCome.located },
        { name: 'ratio', value: byValue.located / firstCome.located },
      ],
    });
  }
  return results;
};

async function locatedAfterAMinute(
  workers: number,
  isFirstCome: boolean,
  say: (line: string) => void,
): Promise<{ located: number; lookups: number }> {
  const recorder = await Recorder.start(SEED, SLOW_SHARE);
  const installation = await Installation.start({ workers, geoIpUrl: recorder.urlTemplate, isFirstCome });
  try {
    const addresses = publicAddresses(ADDRESSES);
    const draws = drawAddresses();
    const startedAtMs = performance.now();
    const submitted = submitAll(
      installation.url,
      draws.map((index) => addresses[index]),
    );
    await sayWhile(say, 'submitting', submitted);
    say(`${EVENTS} events submitted in ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`);
    await sayWhile(say, 'locating', sleep(MEASURED_AFTER_MS - (performance.now() - startedAtMs)));
    const { located = 0 } = await installation.counts();
    const lookups = (await recorder.recording()).arrivals.length;
    say(`${located} located, ${lookups} lookups`);
    return { located, lookups };
  } finally {
    await installation.stop();
    await recorder.stop();
  }
}

function drawAddresses(): number[] {
  return zipfDraws(EVENTS, ADDRESSES, EXPONENT, seededRandom(SEED));
}

/** The events of so many addresses that have the most of them: what an order could bring that knows them all before. */
function mostLocatable(lookups: number): number {
  const counts = new Map<number, number>();
  for (const index of drawAddresses()) counts.set(index, (counts.get(index) ?? 0) + 1);
  const largest = [...counts.values()].sort((one, other) => other - one).slice(0, lookups);
  return largest.reduce((sum, count) => sum + count, 0);
}
