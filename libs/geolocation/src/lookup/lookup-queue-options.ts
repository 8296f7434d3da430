import type { Settings } from '#libs/platform';
import type { JobLoopOptions } from './job-loop.js';
import { HEAD_START_MS, refreshIntervalMs } from './lookup-order.js';

/** How a queue orders lookups and takes them. */
export interface LookupQueueOptions extends JobLoopOptions {
  /** See lookup-order.ts. */
  readonly headStartMs: number;
  /** Time between two refreshes at least, over all processes. */
  readonly refreshIntervalMs: number;
}

/**
 * So many wait for their turn in each process at least: one for the next permit, and two whose connections are being made
 * meanwhile, so that connections that take up to 600 ms to stand still use five permits a second.
 */
const FEWEST_AHEAD = 3;

/** The service's own options. */
export function lookupQueueOptions(settings: Settings, headStartMs = HEAD_START_MS): LookupQueueOptions {
  const { geoIpRequestsPerSecond, lookupConcurrency } = settings;
  const ahead = Math.max(FEWEST_AHEAD, Math.ceil(geoIpRequestsPerSecond / 5));
  return {
    concurrency: lookupConcurrency,
    ahead: Math.min(ahead, lookupConcurrency),
    headStartMs,
    refreshIntervalMs: refreshIntervalMs(geoIpRequestsPerSecond),
  };
}
