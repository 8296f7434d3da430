import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Settings } from '#libs/platform';
import type { Place } from '../domain/location.js';
import { LookupWaits } from '../lookup/lookup-waits.js';
import { LocalPlaces } from './local-places.js';

/** A Redis that hangs must not hang whoever asks. */
const LONGEST_ASKING_MS = 1_000;

/** Places from the local database for keys that the Geolocation API would take too long for; off unless set. */
@Injectable()
export class FallbackPlaces implements OnModuleInit {
  private readonly logger = new Logger(FallbackPlaces.name);
  private places: LocalPlaces | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly waits: LookupWaits,
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

  /** All of them where nobody can tell: while the breaker is open or Redis is away. */
  private async lateAmong(keys: readonly string[]): Promise<Set<string>> {
    const waits = await this.waits.untilTurnMs(keys, LONGEST_ASKING_MS);
    if (waits === null) return new Set(keys);
    const longestMs = this.settings.geoIpFallbackAfterSeconds * 1000;
    return new Set(keys.filter((key) => (waits.get(key) ?? 0) > longestMs));
  }
}
