import { Injectable } from '@nestjs/common';
import { Metrics } from '#libs/platform';
import type { BreakerState } from './gate/circuit-breaker.js';
import type { GateState } from './gate/request-gate.js';
import { GeolocationStatus } from './geolocation-status.js';
import type { QueueCounts } from './lookup/lookup-queue.js';

/** The same in every process that shares the queue. */
interface LookupsState {
  readonly gate: GateState;
  readonly counts: QueueCounts;
}

/** Tells how the budget is used, whether the breaker is open, and how many lookups wait. */
@Injectable()
export class GeolocationMetrics {
  constructor(metrics: Metrics, status: GeolocationStatus) {
    metrics.collect<LookupsState>({
      name: 'lookups',
      read: async () => {
        // A queue that is away counts as an empty one for whoever needs an answer.
        if (status.redisFault !== null) throw new Error(status.redisFault);
        const [gate, counts] = await Promise.all([status.gateState(), status.queueCounts()]);
        return { gate, counts };
      },
      gauges: [
        {
          name: 'whence_lookup_budget_requests_per_second',
          help: 'Requests that the Geolocation API may be sent in a second, over all processes.',
          of: () => status.requestsPerSecond,
        },
        {
          name: 'whence_lookup_budget_used_ratio',
          help: 'Share of the budget that all processes together have used in the last minute, 0 to 1.',
          of: ({ gate }) => gate.usedShare,
        },
        {
          name: 'whence_lookup_pace_requests_per_second',
          help: 'Requests in a second that lookups keep to now: less than the budget for a while after a 429.',
          of: ({ gate }) => gate.pace,
        },
        {
          name: 'whence_lookup_pause_seconds',
          help: 'How long no lookup will leave, since the Geolocation API answered 429; 0 without such a pause.',
          of: ({ gate }) => gate.pausedForMs / 1000,
        },
        {
          name: 'whence_breaker_state',
          help: '1 for the state that the breaker of the Geolocation API is in, 0 for the others.',
          label: 'state',
          of: ({ gate }) => oneOf(gate.breaker),
        },
        {
          name: 'whence_lookup_queue_keys',
          help: 'Addresses (IPv6: /64 networks) in the lookup queue, over all processes: waiting, or active.',
          label: 'state',
          of: ({ counts: { waiting, active } }) => ({ waiting, active }),
        },
      ],
    });
  }
}

function oneOf(state: BreakerState): Record<BreakerState, number> {
  return { closed: 0, half_open: 0, open: 0, [state]: 1 };
}
