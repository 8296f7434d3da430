import { budgetShare, worstSlidingSecond } from '../measure/arrivals.js';
import { Installation } from '../parts/installation.js';
import { Recorder } from '../../test/support/recorder.js';
import { StandIn } from '../parts/stand-in.js';
import { atLeast, atMost, exactly, type Result, type Scenario } from '../report.js';
import { ADDRESSES, locateAll, nameOf, REQUESTS_PER_SECOND, SEED, SLOW_SHARE } from './budget-load.js';

const WORKERS = [0, 1, 2, 4];

/** A backlog of 300 addresses, while a tenth of the answers take 1 to 5 s: never over the budget, and hardly under. */
export const steady: Scenario = async (say) => {
  say(`seed ${SEED}`);
  const results: Result[] = [];
  for (const workers of WORKERS) {
    results.push(await againstRecorder(workers, (line) => say(`recorder, ${nameOf(workers)}: ${line}`)));
    results.push(await againstStandIn(workers, (line) => say(`stand-in, ${nameOf(workers)}: ${line}`)));
  }
  return results;
};

async function againstRecorder(workers: number, say: (line: string) => void): Promise<Result> {
  const recorder = await Recorder.start(SEED, SLOW_SHARE);
  const installation = await Installation.start({ workers, geoIpUrl: recorder.urlTemplate });
  try {
    await locateAll(installation, say);
    const timesMs = (await recorder.recording()).arrivals.map(({ atMs }) => atMs);
    return {
      run: `recorder, ${nameOf(workers)}`,
      figures: [
        atMost('requests in the worst sliding second', worstSlidingSecond(timesMs), REQUESTS_PER_SECOND),
        atLeast('share of the budget used', budgetShare(timesMs, REQUESTS_PER_SECOND), 0.97),
        exactly('requests', timesMs.length, ADDRESSES),
      ],
    };
  } finally {
    await installation.stop();
    await recorder.stop();
  }
}

async function againstStandIn(workers: number, say: (line: string) => void): Promise<Result> {
  const standIn = await StandIn.start(SEED, SLOW_SHARE);
  const installation = await Installation.start({ workers, geoIpUrl: standIn.urlTemplate });
  try {
    await locateAll(installation, say);
    const { requests, refused, worst_sliding_second: worst } = await standIn.stats();
    return {
      run: `stand-in, ${nameOf(workers)}`,
      figures: [
        atMost('requests in the worst sliding second', worst, REQUESTS_PER_SECOND),
        exactly('answers 429', refused, 0),
        exactly('requests', requests, ADDRESSES),
      ],
    };
  } finally {
    await installation.stop();
    await standIn.stop();
  }
}
