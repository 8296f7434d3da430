import { SERVER_PROGRAMS } from '../../test/support/required-programs.js';
import type { Benchmark } from '../benchmark.js';
import { batch } from './submit-batch.js';
import { geolocation } from './submit-geolocation.js';
import { idempotency } from './submit-idempotency.js';
import { idle } from './submit-idle.js';
import { latency } from './submit-latency.js';
import { metrics } from './submit-metrics.js';
import { overload } from './submit-overload.js';
import { throughput } from './submit-throughput.js';

/** What a submission costs, against what it must cost. */
export const submit: Benchmark = {
  programs: [...SERVER_PROGRAMS, 'wrk'],
  parts: { throughput, batch, latency, overload, geolocation, idle, idempotency, metrics },
  chart: { path: 'docs/performance-submit.svg', title: 'Submitting events' },
};
