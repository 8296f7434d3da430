import { Injectable } from '@nestjs/common';
import { LocationCache, type LookupRequest } from '#libs/geolocation';
import { Clock, Settings } from '#libs/platform';
import { EventsError } from '../events-error.js';
import { requestFor } from '../locate/replacements.js';
import { EventRepository, type RetryFilter } from '../persistence/event.repository.js';
import type { WaitingKey } from '../persistence/key-walk.js';
import type { NewReplacement } from '../persistence/replacement.entity.js';
import { ReplacementRepository } from '../persistence/replacement.repository.js';

const KEYS_PER_PAGE = 500;
/** Less than the time a request may take. */
const LONGEST_SEARCH_MS = 20_000;

/** What a retry costs, or would. */
export interface RetryPlan {
  readonly keys: number;
  readonly lookups: number;
  readonly estimatedSeconds: number;
}

/** Asks again for locations: of events that failed, or that were located long ago. */
@Injectable()
export class RetryLocationsService {
  constructor(
    private readonly events: EventRepository,
    private readonly replacements: ReplacementRepository,
    private readonly cache: LocationCache,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /** Counts the keys and lookups that the filter comes to, and changes nothing. @throws EventsError `filter_too_broad` */
  async plan(filter: RetryFilter): Promise<RetryPlan> {
    return this.forEachPage(filter, async () => {});
  }

  /**
   * Asks for them. Each is kept in SQL until it is done; `announce` may tell the queue at once.
   * @throws EventsError `filter_too_broad`: some are asked for, and the others not
   */
  async retry(
    filter: RetryFilter,
    announce: (requests: LookupRequest[]) => Promise<void> = async () => {},
  ): Promise<RetryPlan> {
    return this.forEachPage(filter, async (keys) => {
      const replacements = keys.map((key) => this.replacementFor(key, filter));
      await this.replacements.save(replacements);
      await announce(replacements.map(requestFor));
    });
  }

  private async forEachPage(
    filter: RetryFilter,
    take: (keys: readonly WaitingKey[]) => Promise<void>,
  ): Promise<RetryPlan> {
    const deadlineMs = this.clock.monotonicMs() + LONGEST_SEARCH_MS;
    let [keys, lookups] = [0, 0];
    for (let after: string | null = ''; after !== null;) {
      if (this.clock.monotonicMs() > deadlineMs) throw tooBroad(keys);
      const page = await this.events.keysMatching(filter, after, KEYS_PER_PAGE);
      await take(page.keys);
      keys += page.keys.length;
      lookups += await this.unknownAmong(page.keys, filter);
      after = page.next;
    }
    return { keys, lookups, estimatedSeconds: Math.ceil(lookups / this.settings.geoIpRequestsPerSecond) };
  }

  private async unknownAmong(keys: readonly WaitingKey[], { lookedUpBeforeMs }: RetryFilter): Promise<number> {
    const known = await this.cache.findMany(keys.map(({ key }) => key));
    const isNewer = ({ lookedUpAtMs }: { lookedUpAtMs: number }) => lookedUpAtMs >= lookedUpBeforeMs;
    return keys.length - [...known.values()].filter(isNewer).length;
  }

  private replacementFor({ key, address, events }: WaitingKey, filter: RetryFilter): NewReplacement {
    const { locationStatus, lookedUpBeforeMs, receivedFromMs, receivedToMs } = filter;
    return {
      lookupKey: key,
      reason: 'retry',
      address,
      locationStatus: locationStatus === 'failed' ? null : locationStatus,
      lookedUpBeforeMs,
      receivedFromMs,
      receivedToMs,
      events,
      attempts: 0,
      nextAttemptAtMs: this.clock.nowMs(),
    };
  }
}

function tooBroad(keys: number): EventsError {
  const message = `The filter takes too long, after ${keys} keys. Narrow it, by received_from and received_to for example.`;
  return new EventsError('filter_too_broad', message);
}
