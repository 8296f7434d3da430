import { Metrics, SystemClock } from '#libs/platform';
import { SubmissionMetrics } from '#libs/events';
import { atMost, type Result, type Scenario } from '../report.js';

const ROUNDS = 5;
const SUBMISSIONS = 200_000;
/** A busy service has groups of 32 at least; alone in its commit, a submission has all of the commit's cost. */
const GROUP_SIZES = [1, 32];
const MOST_MICROSECONDS = 5;

/** What it costs to count a submission: what is noted for each, and its share of what is noted for a commit. */
export const metrics: Scenario = async (_say, { rounds = ROUNDS }) => {
  const results: Result[] = [];
  for (const size of GROUP_SIZES) {
    const microseconds: number[] = [];
    for (let round = 0; round < rounds; round++) microseconds.push(await costOfOne(size));
    results.push({
      run: `commits of ${size}`,
      figures: [atMost('µs of processor time for a submission', microseconds, MOST_MICROSECONDS)],
    });
  }
  return results;
};

async function costOfOne(groupSize: number): Promise<number> {
  const all = new Metrics(new SystemClock());
  const noted = new SubmissionMetrics(all);
  const durations = all.histogram({
    name: 'request_duration_seconds',
    help: 'As for a request.',
    labels: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 8],
  });
  const labels = { method: 'POST', route: '/event/submit', status: 202 };
  const before = process.cpuUsage();
  for (let done = 0; done < SUBMISSIONS; done += groupSize) {
    await noted.measureCommit('single', groupSize, async () => noted.lookedInCache(groupSize, groupSize - 1));
    for (let each = 0; each < groupSize; each++) {
      const arrivedAtMs = performance.now();
      noted.accepted('single', 1);
      durations.observe({ ...labels }, (performance.now() - arrivedAtMs + 7) / 1000);
    }
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / SUBMISSIONS;
}
