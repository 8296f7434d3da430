import type { LookupStatus } from '../api/event-types.js';
import { durationText, rateText } from '../text/formatters.js';

/** What a tile says: its value, a few words below it, and whether all is well. */
export interface TileTexts {
  readonly value: string;
  readonly note: string;
  readonly isGood: boolean;
}

const BREAKER_TEXTS = { closed: 'closed', open: 'open', half_open: 'probing' } as const;

/** How much of the budget is used; a pause or a slower pace that the Geolocation API has asked for comes first. */
export function budgetTexts(status: LookupStatus): TileTexts {
  const { requests_per_second: most, budget_used: used } = status;
  const [pausedMs, pace] = [pausedMsOf(status), status.pace ?? most];
  const value = `${rateText((used ?? 0) * most)} of ${most}/s`;
  if (pausedMs > 0) return { value, note: `paused for ${durationText(pausedMs)}`, isGood: false };
  if (pace < most) return { value, note: `slowed to ${rateText(pace)}/s`, isGood: false };
  return { value, note: 'mean of the last minute', isGood: true };
}

/** A closed breaker alone does not mean that lookups are answered: the Geolocation API may have asked for a pause. */
export function breakerTexts(status: LookupStatus, breaker: NonNullable<LookupStatus['breaker']>): TileTexts {
  const value = BREAKER_TEXTS[breaker];
  if (breaker !== 'closed') return { value, note: 'lookups wait', isGood: false };
  const isPaused = pausedMsOf(status) > 0;
  return { value, note: isPaused ? 'the API said 429' : 'the API answers', isGood: !isPaused };
}

function pausedMsOf({ paused_for_seconds: paused }: LookupStatus): number {
  return (paused ?? 0) * 1_000;
}
