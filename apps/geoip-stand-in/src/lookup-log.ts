import type { Answer } from './answer.js';

/**
 * The log line of one lookup, written when it arrives, since all is decided by then. `inLastSecond` counts the arrivals
 * in the sliding second that ends now, this one included. A lookup that is never answered has neither status nor delay.
 */
export function lookupLogFields(address: string, answer: Answer | null, inLastSecond: number, nowMs: number): object {
  return {
    monotonic_ms: Math.round(nowMs * 1_000) / 1_000,
    address,
    status: answer?.status ?? null,
    delay_ms: answer?.delayMs ?? null,
    in_last_second: inLastSecond,
  };
}
