import { Injectable } from '@nestjs/common';
import { DatabaseProbe, Draining, Metrics } from '#libs/platform';

/** Less than a scrape waits, so that a database that hangs is told as what it is: not ready. */
const TIMEOUT_MS = 1_000;

/** Tells Prometheus what readiness tells a load balancer. */
@Injectable()
export class ReadinessMetrics {
  constructor(metrics: Metrics, probe: DatabaseProbe, draining: Draining) {
    metrics.collect({
      name: 'readiness',
      read: async () => ({ isReady: (await probe.failure(TIMEOUT_MS)) === null && !draining.isDraining }),
      gauges: [
        {
          name: 'whence_ready',
          help: 'Whether this process can accept events (1), as /health/ready says, or not (0).',
          of: ({ isReady }) => (isReady ? 1 : 0),
        },
      ],
    });
  }
}
