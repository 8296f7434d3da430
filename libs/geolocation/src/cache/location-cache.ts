import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LRUCache } from 'lru-cache';
import { In, MoreThan, type Repository } from 'typeorm';
import { Clock, Settings } from '#libs/platform';
import type { KnownOutcome } from '../domain/location.js';
import { LocationEntity } from './location.entity.js';
import { outcomeFromRow, rowFromOutcome } from './location-row.js';

const LARGEST_LRU = 50_000;
const HOUR_MS = 3_600_000;

/** A location is worth refreshing in this last share of its time, when it was used so often by this process. */
const REFRESHED_SHARE = 0.1;
const USES_OF_A_HOT_KEY = 3;
/** A refresh may come to nothing: it is asked for again after so many further uses. */
const USES_BEFORE_ASKING_AGAIN = 1_000;

interface Remembered {
  readonly outcome: KnownOutcome;
  readonly expiresAtMs: number;
  uses: number;
}

/**
 * What is known about lookup keys, in SQL, where every process sees it, with a bounded memory of the latest in front.
 * That memory holds only what is known, never that something is not: a key missing there is always asked of SQL.
 */
@Injectable()
export class LocationCache {
  private readonly latest = new LRUCache<string, Remembered>({ max: LARGEST_LRU });

  constructor(
    @InjectRepository(LocationEntity) private readonly rows: Repository<LocationEntity>,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /** The known outcome of one key, unless expired. */
  async find(key: string): Promise<KnownOutcome | undefined> {
    return (await this.findMany([key])).get(key);
  }

  /** The known outcomes among the keys, in one query for what memory does not hold. */
  async findMany(keys: readonly string[]): Promise<Map<string, KnownOutcome>> {
    const nowMs = this.clock.nowMs();
    const found = new Map<string, KnownOutcome>();
    const missing: string[] = [];
    for (const key of new Set(keys)) {
      const remembered = this.latest.get(key);
      if (remembered !== undefined && remembered.expiresAtMs > nowMs) {
        remembered.uses++;
        found.set(key, remembered.outcome);
      } else missing.push(key);
    }
    if (missing.length === 0) return found;
    for (const row of await this.rows.findBy({ lookupKey: In(missing), expiresAtMs: MoreThan(nowMs) })) {
      const outcome = outcomeFromRow(row);
      this.latest.set(row.lookupKey, { outcome, expiresAtMs: row.expiresAtMs, uses: 1 });
      found.set(row.lookupKey, outcome);
    }
    return found;
  }

  /**
   * Whether the key's location is about to expire and in use. Says so once in a while, to whoever
   * then asks for a refresh.
   * @returns when the present location was looked up, or null
   */
  refreshDue(key: string): number | null {
    const remembered = this.latest.get(key);
    if (remembered === undefined || remembered.outcome.kind !== 'located') return null;
    const { expiresAtMs, outcome, uses } = remembered;
    const refreshedFromMs = expiresAtMs - (expiresAtMs - outcome.lookedUpAtMs) * REFRESHED_SHARE;
    if (uses < USES_OF_A_HOT_KEY || this.clock.nowMs() < refreshedFromMs) return null;
    remembered.uses = -USES_BEFORE_ASKING_AGAIN;
    return outcome.lookedUpAtMs;
  }

  /** Makes the outcome known to every process, in place of an older one. One statement, so never half done. */
  async store(key: string, outcome: KnownOutcome): Promise<void> {
    const expiresAtMs = this.expiryOf(outcome);
    await this.rows.upsert(rowFromOutcome(key, outcome, expiresAtMs), ['lookupKey']);
    this.latest.set(key, { outcome, expiresAtMs, uses: 0 });
  }

  /**
   * How often lookups of the key had failed when the last one ended, also after that has expired; 0 where it succeeded. So
   * an event that comes when a failed key is due goes on counting, and does not begin again.
   */
  async failedAttempts(key: string): Promise<number> {
    const row = await this.rows.findOneBy({ lookupKey: key });
    return row?.failedAttempts ?? 0;
  }

  /** A failure is known until its next attempt; one that is given up, for a day. */
  private expiryOf(outcome: KnownOutcome): number {
    const { locationTtlHours, unlocatableTtlHours } = this.settings;
    if (outcome.kind === 'failed') return outcome.nextAttemptAtMs ?? outcome.lookedUpAtMs + 24 * HOUR_MS;
    const ttlHours = outcome.kind === 'located' ? locationTtlHours : unlocatableTtlHours;
    return Math.round(outcome.lookedUpAtMs + ttlHours * HOUR_MS);
  }
}
