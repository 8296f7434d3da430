import { setTimeout as sleep } from 'node:timers/promises';
import { worstSlidingSecond } from '../measure/arrivals.js';
import { requestsAtRisk } from '../measure/kill-bound.js';
import { Installation } from '../parts/installation.js';
import { Recorder } from '../../test/support/recorder.js';
import { atMost, exactly, type Scenario } from '../report.js';
import { ADDRESSES, locateAll, REQUESTS_PER_SECOND, SEED, SLOW_SHARE } from './budget-load.js';

const KILL_EVERY_MS = 10_000;
/** An answer may be on its way into the database for so long. */
const WRITTEN_WITHIN_MS = 250;

/** A worker is killed with SIGKILL every 10 s, and another started: at most its lookups in flight are paid twice. */
export const kill: Scenario = async (say) => {
  say(`seed ${SEED}`);
  const recorder = await Recorder.start(SEED, SLOW_SHARE);
  const installation = await Installation.start({ workers: 2, geoIpUrl: recorder.urlTemplate });
  let [kills, atRisk] = [0, 0];
  try {
    await locateAll(installation, say, async (isOver) => {
      for (let waitedMs = 0; !isOver(); waitedMs += 100) {
        await sleep(100);
        if (waitedMs < KILL_EVERY_MS || isOver()) continue;
        waitedMs = 0;
        atRisk += await killNextWorker(installation, recorder);
        kills++;
        say(`worker ${kills} killed`);
        await installation.startWorker();
      }
    });
    const { arrivals } = await recorder.recording();
    const timesMs = arrivals.map(({ atMs }) => atMs);
    const { located = 0 } = await installation.counts();
    return [
      {
        run: `Redis, 2 workers, ${kills} killed`,
        figures: [
          atMost('requests in the worst sliding second', worstSlidingSecond(timesMs), REQUESTS_PER_SECOND),
          exactly('events located', located, ADDRESSES),
          atMost('lookups paid twice, of those in flight at the kills', timesMs.length - ADDRESSES, atRisk),
        ],
      },
    ];
  } finally {
    await installation.stop();
    await recorder.stop();
  }
};

/** @returns how many lookups may be paid twice for it, of both workers: whose they were the recorder cannot tell */
async function killNextWorker({ workers }: Installation, recorder: Recorder): Promise<number> {
  const { nowMs: sentAtMs } = await recorder.recording();
  await workers.shift()?.kill('SIGKILL');
  const { nowMs: endedAtMs, arrivals } = await recorder.recording();
  return requestsAtRisk(arrivals, { sentAtMs, endedAtMs }, WRITTEN_WITHIN_MS);
}
