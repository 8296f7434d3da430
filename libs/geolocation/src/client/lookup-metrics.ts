import type { Metrics } from '#libs/platform';

/** Good answers come within milliseconds, hiccups take up to 5 s, and the timeout is above that. */
const DURATION_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 7.5, 10, 30, 60];

/** `aborted`: the process stopped meanwhile. The others are what the Geolocation API said, or why it said nothing. */
const RESULTS = [
  'located',
  'not_found',
  'rejected',
  'throttled',
  'timeout',
  'unavailable',
  'bad_answer',
  'aborted',
] as const;
export type LookupResult = (typeof RESULTS)[number];

/** What became of lookups, and how long the Geolocation API took for them. */
export class LookupMetrics {
  private readonly lookups;
  private readonly durations;

  constructor(metrics: Metrics) {
    this.lookups = metrics.counter({
      name: 'whence_lookups_total',
      help: 'Lookups by their outcome; aborted: the process stopped meanwhile.',
      labels: ['outcome'],
    });
    // The first one of an outcome would else be no increase to Prometheus.
    for (const outcome of RESULTS) this.lookups.inc({ outcome }, 0);
    this.durations = metrics.histogram({
      name: 'whence_lookup_duration_seconds',
      help: 'Time from when a request to the Geolocation API was written to its answer, or to the timeout.',
      buckets: DURATION_BUCKETS_SECONDS,
    });
  }

  ended(outcome: LookupResult): void {
    this.lookups.inc({ outcome });
  }

  took(durationMs: number): void {
    this.durations.observe(durationMs / 1000);
  }
}
