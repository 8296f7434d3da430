import { Recorder } from '../../test/support/recorder.js';
import { median } from '../measure/statistics.js';
import { Installation } from '../parts/installation.js';
import { type KeyLoad, type Submitted, submitAtRate } from '../parts/key-load.js';
import { makeKey } from '../parts/make-key.js';
import { sayWhile } from '../parts/progress.js';
import { publicAddresses } from '../parts/submit.js';
import { atLeast, atMost, exactly, type Figure, type Result, type Scenario, told } from '../report.js';
import { nameOf, REQUESTS_PER_SECOND, SEED, SLOW_SHARE } from './budget-load.js';

const SECONDS = 60;
const NOISY_PER_MINUTE = 10_000;
const QUIET_PER_MINUTE = 10;
/** Of each key: the noisy one comes with ten times as many. Of these each new address would take a lookup. */
const THROTTLE_PER_MINUTE = 1_000;
/** Lookups that each process has taken ahead, and those that Bull has been given: they cannot be overtaken (docs/adr/0007). */
const TAKEN_AHEAD = 3;
const GIVEN_TO_BULL = 4;

/** 10,000 requests a minute with one key, each from a new address, and 10 with another: what becomes of the other's. */
export const shares: Scenario = async (say, { seconds = SECONDS }) => {
  const results: Result[] = [];
  for (const workers of [0, 2]) results.push(await sharesOf(workers, seconds, say));
  return results;
};

async function sharesOf(workers: number, seconds: number, say: (line: string) => void): Promise<Result> {
  const recorder = await Recorder.start(SEED, SLOW_SHARE);
  const settings = { AUTH: 'required', THROTTLE_PER_MINUTE: String(THROTTLE_PER_MINUTE) };
  const installation = await Installation.start({ workers, geoIpUrl: recorder.urlTemplate, settings });
  try {
    const noisyCount = Math.round((NOISY_PER_MINUTE * seconds) / 60);
    const quietCount = Math.max(3, Math.round((QUIET_PER_MINUTE * seconds) / 60));
    const addresses = publicAddresses(noisyCount + quietCount);
    const { url } = installation;
    const noisyLoad = { addresses: addresses.slice(0, noisyCount), perMinute: NOISY_PER_MINUTE };
    const quietLoad = { addresses: addresses.slice(noisyCount), perMinute: QUIET_PER_MINUTE };
    const loads: KeyLoad[] = [
      { url, key: await makeKey(installation, 'noisy'), ...noisyLoad },
      { url, key: await makeKey(installation, 'quiet'), ...quietLoad },
    ];
    const submitting = Promise.all(loads.map((load) => submitAtRate(load)));
    const [noisy, quiet] = await sayWhile(say, `${nameOf(workers)}, submitting`, submitting);
    const { arrivals, nowMs } = await recorder.recording();
    const aheadMs = Date.now() - nowMs;
    const lookups = arrivals.map(({ ip, atMs }) => ({ address: ip, atMs: atMs + aheadMs }));
    return { run: nameOf(workers), figures: figuresOf(noisy, quiet, lookups, mostBefore(workers)) };
  } finally {
    await installation.stop();
    await recorder.stop();
  }
}

/**
 * Lookups of others that may go before one of a key that asks for less than its share: one turn, those that cannot be
 * overtaken, and a second's permits that were asked for before.
 */
function mostBefore(workers: number): number {
  const cannotBeOvertaken = workers === 0 ? TAKEN_AHEAD : GIVEN_TO_BULL + TAKEN_AHEAD * workers;
  return 1 + cannotBeOvertaken + REQUESTS_PER_SECOND;
}

/** @param lookups in the order of their arrival, with when that was by this process' clock */
function figuresOf(
  noisy: readonly Submitted[],
  quiet: readonly Submitted[],
  lookups: readonly { readonly address: string; readonly atMs: number }[],
  mostLookupsBefore: number,
): Figure[] {
  const quietAddresses = new Set(quiet.map(({ address }) => address));
  const order = lookups.map(({ address }) => address);
  const acceptedOf = (all: readonly Submitted[]) => all.filter(({ status }) => status === 202);
  const refusedOf = (all: readonly Submitted[]) => all.filter(({ status }) => status === 429).length;
  // The last may still be on its way when the load ends.
  const due = acceptedOf(quiet).slice(0, -1);
  const waits = due.map(({ address, sentAtMs }) => ({
    before: order.indexOf(address) - lookups.filter(({ atMs }) => atMs < sentAtMs).length,
    waitMs: (lookups[order.indexOf(address)]?.atMs ?? Infinity) - sentAtMs,
  }));
  return [
    exactly('noisy key, answers other than 202 and 429', noisy.length - acceptedOf(noisy).length - refusedOf(noisy), 0),
    atLeast('noisy key, answers 429', refusedOf(noisy), 1),
    told('noisy key, new addresses accepted', acceptedOf(noisy).length),
    told('noisy key, lookups', order.filter((address) => !quietAddresses.has(address)).length),
    exactly('quiet key, answers 429', refusedOf(quiet), 0),
    exactly('quiet key, accepted', acceptedOf(quiet).length, quiet.length),
    exactly(
      'quiet key, lookups made of those due',
      due.filter(({ address }) => order.includes(address)).length,
      due.length,
    ),
    atMost(
      'quiet key, lookups of the other before its own, at most',
      Math.max(...waits.map(({ before }) => before)),
      mostLookupsBefore,
    ),
    told('quiet key, from submission to lookup, median, ms', median(waits.map(({ waitMs }) => waitMs))),
    told('quiet key, from submission to lookup, at most, ms', Math.max(...waits.map(({ waitMs }) => waitMs))),
  ];
}
