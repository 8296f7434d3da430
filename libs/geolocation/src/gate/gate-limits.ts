import type { Settings } from '#libs/platform';
import type { CircuitBreakerOptions } from './circuit-breaker.js';
import type { PaceOptions } from './pace.js';

/** What a gate keeps to. Where processes that share a gate differ in requests per second, the fewest hold. */
export interface GateLimits {
  readonly requestsPerSecond: number;
  readonly breaker: CircuitBreakerOptions;
  readonly pace: PaceOptions;
  /** A probe that has not ended this long after its permit, or has not had one by then, was lost with its process. */
  readonly longestProbeMs: number;
}

/** A request may take its timeout twice, for connecting and for the answer; the rest is the process' own. */
const PROBE_MARGIN_MS = 2_000;

/**
 * Sixteen of the latest twenty calls have to fail, or four of five where there are no more. A lone address that keeps
 * failing opens it as well: from one address alone, an outage looks the same.
 */
const BREAKER: CircuitBreakerOptions = {
  windowCalls: 20,
  windowMs: 120_000,
  minimumCalls: 5,
  failureShare: 0.8,
  firstPauseMs: 1_000,
  longestPauseMs: 15_000,
};

/** The service's limits for its Geolocation API. */
export function gateLimits(settings: Pick<Settings, 'geoIpRequestsPerSecond' | 'geoIpTimeoutMs'>): GateLimits {
  const requestsPerSecond = settings.geoIpRequestsPerSecond;
  return {
    requestsPerSecond,
    breaker: BREAKER,
    pace: {
      full: requestsPerSecond,
      slowest: requestsPerSecond / 16,
      step: requestsPerSecond / 5,
      stepMs: 10_000,
    },
    longestProbeMs: 2 * settings.geoIpTimeoutMs + PROBE_MARGIN_MS,
  };
}
