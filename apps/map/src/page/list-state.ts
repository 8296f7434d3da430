import type { EventsPanelState } from '../list/events-panel.js';
import type { LiveList } from '../list/live-list.js';
import { rateText } from '../text/formatters.js';

/** Beyond it nobody follows each event: the list is shown once a second, and says so. */
const CALM_RATE = 20;

export function isCalm(ratePerSecond: number): boolean {
  return ratePerSecond > CALM_RATE;
}

export interface ListSituation {
  readonly openTaskId: string | null;
  /** Events a second. */
  readonly rate: number;
  readonly isLoading: boolean;
  /** Why the API tells of no events; empty where it does. */
  readonly refusal: string;
}

/** What is shown of a list. Where nothing new comes to what is listed, it says so. */
export function listState(list: LiveList, { rate, refusal, ...others }: ListSituation): EventsPanelState {
  const { events, isPaused, missed, hasOlder, isReadingOlder } = list;
  const isRefused = refusal !== '';
  return {
    ...others,
    events,
    isPaused,
    missed,
    hasOlder: hasOlder && !isRefused,
    isReadingOlder,
    refusal,
    summary: isRefused ? refusedNote(refusal, events.length) : calmNote(rate, isPaused),
  };
}

function refusedNote(refusal: string, listed: number): string {
  return listed === 0 ? '' : `No new events come. ${refusal}`;
}

function calmNote(rate: number, isPaused: boolean): string {
  return isCalm(rate) && !isPaused ? `About ${rateText(rate)} events a second: the newest, once a second.` : '';
}
