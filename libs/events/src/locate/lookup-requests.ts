import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { type KnownOutcome, LocationCache, LookupQueue, type LookupRequest } from '#libs/geolocation';
import { FailureLog, type Span } from '#libs/platform';
import type { StoredEvent } from '../domain/event.js';
import { locationFromOutcome } from '../domain/event-location.js';
import { EventRepository } from '../persistence/event.repository.js';
import type { FailedKey } from '../persistence/key-walk.js';
import { announcedBy, type Announcement, askTraced, withEvent } from './announcement.js';

/**
 * Under load keys gather after each asking for so many times as long as it took: a key that many events have is asked for
 * once, and asking takes a fifth of the time at most. It is load when one asking follows another so many times: a lone
 * event, or a burst, is asked for at once.
 */
const GATHERED_FOR = 4;
const ASKINGS_OF_A_BURST = 10;
const LONGEST_GATHERING_MS = 1_000;
/** In process nothing else happens while keys are asked for: so many take a few milliseconds. On Redis it is a batch. */
const ASKED_AT_ONCE = 100;
/** Where asking takes long, more keys than this are left to the reconciler. */
const MOST_ANNOUNCED = 50_000;

/** A stored event whose lookup is to be seen to. */
export interface AnnouncedEvent extends StoredEvent {
  /** Of the request that brought it, where that is traced. */
  readonly span?: Span;
}

/**
 * Asks for the lookups of events that are stored and wait. First it looks into the cache once more: a lookup that ended
 * between the event's first look and its INSERT has written its outcome to the events it saw, and not to this one.
 */
@Injectable()
export class LookupRequests {
  private readonly failures = new FailureLog(
    new Logger(LookupRequests.name),
    'asking for lookups failed; the reconciler will',
  );
  /** By caller and key, what was announced and not asked for yet. */
  private announced = new Map<string, Announcement>();
  private refreshes = new Map<string, LookupRequest>();
  private asking: Promise<void> | null = null;

  constructor(
    private readonly cache: LocationCache,
    private readonly queue: LookupQueue,
    private readonly events: EventRepository,
  ) {}

  /**
   * Sees to the lookups of stored events, and to refreshes of locations that were good for some of them and expire soon.
   * Does not wait for it: under load the keys of many groups are asked for at once. What fails here, or is too much, is
   * found by the reconciler, which asks again.
   */
  announce(events: readonly AnnouncedEvent[]): void {
    this.gather(events);
    if (this.announced.size > 0 || this.refreshes.size > 0) this.asking ??= this.askForAnnounced();
  }

  /** Queues the keys whose outcome is not known, and then settles the others, which may have very many events. */
  async ask(waiting: readonly LookupRequest[]): Promise<void> {
    if (waiting.length === 0) return;
    const known = await this.cache.findMany(waiting.map(({ key }) => key));
    await this.queue.request(waiting.filter(({ key }) => !known.has(key)));
    await this.settle(known);
  }

  /** The same for keys that may be queued already, with the same events. */
  async askAgain(waiting: readonly LookupRequest[]): Promise<void> {
    const known = await this.cache.findMany(waiting.map(({ key }) => key));
    await this.queue.restore(waiting.filter(({ key }) => !known.has(key)));
    await this.settle(known);
  }

  /** Asks once more for keys whose events have failed; after those that events wait for. */
  async retry(failed: readonly FailedKey[]): Promise<void> {
    await this.restore(failed.map((key) => ({ ...key, lane: 'again' as const })));
  }

  /** Queues lookups that the queue may have lost. */
  async restore(requests: readonly LookupRequest[]): Promise<void> {
    if (requests.length > 0) await this.queue.restore(requests);
  }

  /** Resolves when nothing is being asked any more. */
  async settled(): Promise<void> {
    await this.asking;
  }

  private gather(events: readonly AnnouncedEvent[]): void {
    for (const { lookupKey: key, sourceIp: address, location, caller, span } of events) {
      if (key === null || address === null) continue;
      if (location.status === 'pending') addEvent(this.announced, { key, address, events: 1, caller }, span);
      if (location.status === 'located') this.gatherRefresh(key, address);
    }
  }

  private gatherRefresh(key: string, address: string): void {
    const lookedUpAtMs = this.cache.refreshDue(key);
    if (lookedUpAtMs === null) return;
    const events = (this.refreshes.get(key)?.events ?? 0) + 1;
    this.refreshes.set(key, { key, address, events, lane: 'refresh', newerThanMs: lookedUpAtMs + 1 });
  }

  private async askForAnnounced(): Promise<void> {
    for (let asked = 1; ; asked++) {
      const [waiting, refreshes] = [[...this.announced.values()], [...this.refreshes.values()]];
      this.announced = new Map();
      this.refreshes = new Map();
      const tookMs = (await this.askInParts(waiting)) + (await this.askOrWarn(() => this.restore(refreshes)));
      if (this.announced.size === 0 && this.refreshes.size === 0) break;
      if (asked >= ASKINGS_OF_A_BURST) await sleep(Math.min(GATHERED_FOR * tookMs, LONGEST_GATHERING_MS));
    }
    this.asking = null;
  }

  /** Between the parts the process has its turn. @returns how long the parts took, in ms */
  private async askInParts(waiting: readonly Announcement[]): Promise<number> {
    let tookMs = 0;
    for (let from = 0; from < waiting.length; from += ASKED_AT_ONCE) {
      if (from > 0) await nextTurn();
      const part = waiting.slice(from, from + ASKED_AT_ONCE);
      tookMs += await this.askOrWarn(() => askTraced(part, () => this.ask(part)));
    }
    return tookMs;
  }

  private async askOrWarn(ask: () => Promise<void>): Promise<number> {
    const startedAtMs = performance.now();
    try {
      await ask();
    } catch (error) {
      this.failures.note(error);
    }
    return performance.now() - startedAtMs;
  }

  private async settle(known: ReadonlyMap<string, KnownOutcome>): Promise<void> {
    for (const [key, outcome] of known) await this.events.settleWaiting(key, locationFromOutcome(outcome));
  }
}

function addEvent(waiting: Map<string, Announcement>, request: LookupRequest, span: Span | undefined): void {
  const name = `${request.caller ?? ''} ${request.key}`;
  const known = waiting.get(name);
  if (known !== undefined) waiting.set(name, withEvent(known, span));
  else if (waiting.size < MOST_ANNOUNCED) waiting.set(name, announcedBy(request, span));
}
