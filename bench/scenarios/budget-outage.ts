import { setTimeout as sleep } from 'node:timers/promises';
import { worstSlidingSecond } from '../measure/arrivals.js';
import { Installation } from '../parts/installation.js';
import { Recorder } from '../../test/support/recorder.js';
import { atMost, exactly, type Scenario } from '../report.js';
import { ADDRESSES, locateAll, REQUESTS_PER_SECOND, SEED, SLOW_SHARE } from './budget-load.js';

const BEFORE_MS = 15_000;
const OUTAGE_MS = 60_000;
/** The breaker counts twenty calls, of which sixteen have to fail, and then probes after 1, 2, 4, 8, 15, 15, 15 s. */
const MOST_CALLS_IN_OUTAGE = 20 + 7;

/** The API answers 503 for a minute in the middle of a backlog: probes only, and nothing lost. */
export const outage: Scenario = async (say) => {
  say(`seed ${SEED}`);
  const recorder = await Recorder.start(SEED, SLOW_SHARE);
  const installation = await Installation.start({ workers: 2, geoIpUrl: recorder.urlTemplate });
  let endedAtMs = 0;
  try {
    await locateAll(installation, say, async () => {
      await sleep(BEFORE_MS);
      await recorder.behave('unavailable');
      say('the API fails from now on');
      await sleep(OUTAGE_MS);
      endedAtMs = (await recorder.behave('healthy')).nowMs;
      say('the API is back');
    });
    const { arrivals } = await recorder.recording();
    const failed = arrivals.filter(({ status }) => status === 503);
    const firstGood = arrivals.find(({ atMs, status }) => atMs > endedAtMs && status === 200);
    const { located = 0 } = await installation.counts();
    return [
      {
        run: 'Redis, 2 workers, 60 s outage',
        figures: [
          atMost('requests in the outage', failed.length, MOST_CALLS_IN_OUTAGE),
          atMost(
            'requests in the worst sliding second',
            worstSlidingSecond(arrivals.map(({ atMs }) => atMs)),
            REQUESTS_PER_SECOND,
          ),
          exactly('events located', located, ADDRESSES),
          exactly('requests answered with a place', arrivals.length - failed.length, ADDRESSES),
          { name: 'seconds to the first lookup after it', value: ((firstGood?.atMs ?? NaN) - endedAtMs) / 1000 },
        ],
      },
    ];
  } finally {
    await installation.stop();
    await recorder.stop();
  }
};
