import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Settings, unlessAborted } from '#libs/platform';
import type { Place } from '../domain/location.js';
import { RequestGate, WINDOW_MS } from '../gate/request-gate.js';
import { LookupQueue } from '../lookup/lookup-queue.js';
import { LocalPlaces } from './local-places.js';

/** A Redis that hangs must not hang whoever asks. */
const LONGEST_WAIT_MS = 1_000;

/** Places from the local database for keys that the Geolocation API would take too long for; off unless set. */
@Injectable()
export class FallbackPlaces implements OnModuleInit {
  private readonly logger = new Logger(FallbackPlaces.name);
  private places: LocalPlaces | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly queue: LookupQueue,
    private readonly gate: RequestGate,
  ) {}

  /** Opens the database, where there is one. @throws LocalPlacesError */
  async onModuleInit(): Promise<void> {
    const { geoIpFallbackMmdb, looksUp } = this.settings;
    if (geoIpFallbackMmdb === undefined || !looksUp) return;
    this.places = await LocalPlaces.open(geoIpFallbackMmdb);
    this.logger.log({ msg: 'a local database stands in for the Geolocation API', file: geoIpFallbackMmdb });
  }

  /** The places of those keys that would wait too long and that the database knows. */
  async placesFor(keys: readonly { readonly key: string; readonly address: string }[]): Promise<Map<string, Place>> {
    const found = new Map<string, Place>();
    if (this.places === undefined || keys.length === 0) return found;
    const late = await this.lateAmong(keys.map(({ key }) => key));
    for (const { key, address } of keys) {
      const place = late.has(key) ? this.places.find(address) : null;
      if (place !== null) found.set(key, place);
    }
    return found;
  }

  /** All of them while the breaker is open or Redis is away. */
  private async lateAmong(keys: readonly string[]): Promise<Set<string>> {
    const reading = Promise.all([this.gate.state(), this.queue.ahead(keys)]);
    // Should it fail after the time is up, nobody waits for it any more.
    reading.catch(() => {});
    try {
      const [{ breaker, pace }, ahead] = await unlessAborted(reading, AbortSignal.timeout(LONGEST_WAIT_MS));
      if (breaker !== 'closed') return new Set(keys);
      const waitMs = (key: string) => ((ahead.get(key) ?? 0) * WINDOW_MS) / pace;
      return new Set(keys.filter((key) => waitMs(key) > this.settings.geoIpFallbackAfterSeconds * 1000));
    } catch {
      return new Set(keys);
    }
  }
}
