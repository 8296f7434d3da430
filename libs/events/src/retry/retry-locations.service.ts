import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { type KnownOutcome, LocationCache, type LookupRequest } from '#libs/geolocation';
import { Clock, Settings } from '#libs/platform';
import { EventsError } from '../events-error.js';
import { requestFor } from '../locate/replacements.js';
import type { WaitingKey } from '../persistence/key-walk.js';
import type { NewReplacement } from '../persistence/replacement.entity.js';
import { ReplacementRepository } from '../persistence/replacement.repository.js';
import type { RetryFilter } from '../persistence/retry-filter.js';
import { RetryKeys } from '../persistence/retry-keys.repository.js';
import { RetryPositions } from '../persistence/retry-positions.repository.js';

/** What a retry costs, or would. */
export interface RetryPlan {
  readonly keys: number;
  readonly lookups: number;
  readonly estimatedSeconds: number;
}

export interface RetryOptions {
  /** Only counts the keys and lookups that the filter comes to, and changes nothing. */
  readonly isDryRun: boolean;
  /** After this time it gives up, and goes on when it is asked for again. Never, unless said otherwise. */
  readonly longestSearchMs?: number;
  /** May tell the queue at once. What is asked for is kept in SQL until it is done. */
  readonly announce?: (requests: LookupRequest[]) => Promise<void>;
}

/** Asks again for locations: of events that failed, or that were located long ago. */
@Injectable()
export class RetryLocationsService {
  constructor(
    private readonly found: RetryKeys,
    private readonly positions: RetryPositions,
    private readonly replacements: ReplacementRepository,
    private readonly cache: LocationCache,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /**
   * Goes through the keys page by page, and lets others have their turn in between.
   * @throws EventsError `filter_too_broad`: some are asked for, and a repeat of the request goes on after those
   */
  async retry(filter: RetryFilter, options: RetryOptions): Promise<RetryPlan> {
    const deadlineMs = this.clock.monotonicMs() + (options.longestSearchMs ?? Infinity);
    const request = requestText(filter, options.isDryRun);
    const begun = await this.positions.find(request);
    let { keys, lookups } = begun;
    // Keys come again where the events of a range are gone through. After a break they count again.
    const seen = new Set<string>();
    for (let next: string | null = begun.position; next !== null;) {
      if (this.clock.monotonicMs() > deadlineMs) {
        await this.positions.save(request, { position: next, keys, lookups });
        throw tooBroad(keys);
      }
      const page = await this.found.pageAfter(filter, next);
      const fresh = page.keys.filter(({ key }) => !seen.has(key));
      for (const { key } of fresh) seen.add(key);
      await nextTurn();
      if (!options.isDryRun) await this.ask(fresh, filter, options);
      keys += fresh.length;
      lookups += await this.unknownAmong(fresh, filter);
      next = page.next;
      await nextTurn();
    }
    await this.positions.forget(request);
    return { keys, lookups, estimatedSeconds: Math.ceil(lookups / this.settings.geoIpRequestsPerSecond) };
  }

  private async ask(keys: readonly WaitingKey[], filter: RetryFilter, { announce }: RetryOptions): Promise<void> {
    const replacements = keys.map((key) => this.replacementFor(key, filter));
    await this.replacements.save(replacements);
    await announce?.(replacements.map(requestFor));
  }

  /** What is to be newer than now nobody knows. */
  private async unknownAmong(keys: readonly WaitingKey[], { lookedUpBeforeMs }: RetryFilter): Promise<number> {
    if (lookedUpBeforeMs === null) return keys.length;
    const known = await this.cache.findMany(keys.map(({ key }) => key));
    const isNewer = ({ kind, lookedUpAtMs }: KnownOutcome) => kind !== 'failed' && lookedUpAtMs >= lookedUpBeforeMs;
    return keys.length - [...known.values()].filter(isNewer).length;
  }

  private replacementFor({ key, address, events }: WaitingKey, filter: RetryFilter): NewReplacement {
    const { locationStatus, lookedUpBeforeMs, receivedFromMs, receivedToMs } = filter;
    const nowMs = this.clock.nowMs();
    return {
      lookupKey: key,
      reason: 'retry',
      address,
      locationStatus: locationStatus === 'failed' ? null : locationStatus,
      lookedUpBeforeMs: lookedUpBeforeMs ?? nowMs,
      receivedFromMs,
      receivedToMs,
      events,
      attempts: 0,
      nextAttemptAtMs: nowMs,
    };
  }
}

function requestText(filter: RetryFilter, isDryRun: boolean): string {
  const { locationStatus, countryCode, lookedUpBeforeMs, receivedFromMs, receivedToMs } = filter;
  return JSON.stringify([isDryRun, locationStatus, countryCode, lookedUpBeforeMs, receivedFromMs, receivedToMs]);
}

function tooBroad(keys: number): EventsError {
  const message = `Looking takes too long, after ${keys} keys. Repeat the request within the hour: it goes on from there.`;
  return new EventsError('filter_too_broad', message);
}
