import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LRUCache } from 'lru-cache';
import { In, LessThan, type Repository } from 'typeorm';
import { Clock, Settings, upsertOf, type WriteInTurn, writesInTurnTo } from '#libs/platform';
import { AddressRetention, HASHED_KEY_PREFIX } from '../address-retention.js';
import type { KnownOutcome } from '../domain/location.js';
import { LocationEntity } from './location.entity.js';
import { outcomeFromRow, rowFromOutcome } from './location-row.js';
import { readLocations } from './read-locations.js';

const LARGEST_LRU = 50_000;
const HOUR_MS = 3_600_000;
/** For so long an event may be stored as pending although its location is known: it has it when somebody looks again. */
const MISSES_BELIEVED_MS = 1_000;

/** A location is worth refreshing in this last share of its time, when it was used so often by this process. */
const REFRESHED_SHARE = 0.1;
const USES_OF_A_HOT_KEY = 3;
/** A refresh may come to nothing: it is asked for again after so many further uses. */
const USES_BEFORE_ASKING_AGAIN = 1_000;

/**
 * How long memory is believed before SQL is asked again: another process may have stored a newer outcome, or erased this
 * one. A key that every event uses costs one query a minute.
 */
const BELIEVED_MS = 60_000;
/** Who asks again lets others go on believing meanwhile: a query for each of them would come at once. */
const ASKING_AGAIN_MS = 1_000;

/** On SQLite no submission is stored during a statement: so many rows take it a few milliseconds. */
const ERASED_AT_ONCE = 100;

interface Remembered {
  readonly outcome: KnownOutcome;
  readonly expiresAtMs: number;
  /** On the monotonic clock. */
  believedUntilMs: number;
  uses: number;
}

/** A key that SQL is asked about, and what memory holds of it. */
interface Asked {
  readonly key: string;
  readonly remembered: Remembered | undefined;
}

/**
 * What is known about lookup keys, in SQL, where every process sees it, with a bounded memory of the latest in front.
 * What it holds may be older than what SQL does, by a minute at most; that something is not known is believed only by who
 * asks for that, and for a second. Keys are kept as AddressRetention says, in SQL and in memory.
 */
@Injectable()
export class LocationCache {
  private readonly latest = new LRUCache<string, Remembered>({ max: LARGEST_LRU });
  private readonly missedAtMs = new LRUCache<string, number>({ max: LARGEST_LRU });
  private readonly write: WriteInTurn;

  constructor(
    @InjectRepository(LocationEntity) private readonly rows: Repository<LocationEntity>,
    private readonly clock: Clock,
    private readonly settings: Settings,
    private readonly addresses: AddressRetention,
  ) {
    this.write = writesInTurnTo(rows.manager.dataSource);
  }

  /** The known outcome of one key, unless expired or from before the time given. */
  async find(key: string, newerThanMs = 0): Promise<KnownOutcome | undefined> {
    return (await this.findMany([key], newerThanMs)).get(key);
  }

  /** The known outcomes among the keys, in one query for what memory does not hold or is not believed about. */
  async findMany(keys: readonly string[], newerThanMs = 0): Promise<Map<string, KnownOutcome>> {
    return this.search(keys, newerThanMs, () => false);
  }

  /**
   * The same, but SQL is not asked for keys that it did not know a moment ago. For whoever looks again later, or has just
   * looked: in a backlog every submission would else ask for what is known to be missing.
   */
  async findUnlessJustMissed(keys: readonly string[], newerThanMs = 0): Promise<Map<string, KnownOutcome>> {
    const sinceMs = this.clock.monotonicMs() - MISSES_BELIEVED_MS;
    return this.search(keys, newerThanMs, (keptKey) => (this.missedAtMs.get(keptKey) ?? -Infinity) > sinceMs);
  }

  private async search(
    keys: readonly string[],
    newerThanMs: number,
    isMissing: (keptKey: string) => boolean,
  ): Promise<Map<string, KnownOutcome>> {
    const nowMs = this.clock.nowMs();
    const found = new Map<string, KnownOutcome>();
    /** By the keys as they are kept. */
    const asked = new Map<string, Asked>();
    for (const key of new Set(keys)) {
      const keptKey = this.addresses.rememberedAs(key);
      const remembered = this.latest.get(keptKey);
      if (this.isBelieved(remembered, nowMs, newerThanMs)) {
        remembered.uses++;
        found.set(key, remembered.outcome);
      } else if (!isMissing(keptKey)) asked.set(keptKey, { key, remembered });
    }
    if (asked.size === 0) return found;
    for (const { remembered } of asked.values()) this.letOthersBelieve(remembered);
    for (const row of await readLocations(this.rows, [...asked.keys()], nowMs)) {
      const one = asked.get(row.lookupKey);
      if (one === undefined) continue;
      const outcome = outcomeFromRow(row);
      this.remember(row, outcome, one.remembered);
      asked.delete(row.lookupKey);
      if (outcome.lookedUpAtMs >= newerThanMs) found.set(one.key, outcome);
    }
    const missedAtMs = this.clock.monotonicMs();
    for (const [keptKey, { remembered }] of asked) {
      this.forget(keptKey, remembered);
      this.missedAtMs.set(keptKey, missedAtMs);
    }
    return found;
  }

  /**
   * Whether the key's location is about to expire and in use. Says so once in a while, to whoever
   * then asks for a refresh. Never where addresses are not kept.
   * @returns when the present location was looked up, or null
   */
  refreshDue(key: string): number | null {
    // A refresh would keep an address in the queue that no event has any more.
    if (!this.addresses.keepsAll) return null;
    const remembered = this.latest.get(this.addresses.rememberedAs(key));
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
    const keptKey = this.addresses.rememberedAs(key);
    const row = rowFromOutcome(keptKey, outcome, expiresAtMs);
    await this.write(() => upsertOf(this.rows, row).getQueryAndParameters());
    this.latest.set(keptKey, {
      outcome,
      expiresAtMs,
      believedUntilMs: this.clock.monotonicMs() + BELIEVED_MS,
      uses: 0,
    });
  }

  private isBelieved(remembered: Remembered | undefined, nowMs: number, newerThanMs: number): remembered is Remembered {
    if (remembered === undefined || remembered.expiresAtMs <= nowMs) return false;
    return remembered.outcome.lookedUpAtMs >= newerThanMs && this.clock.monotonicMs() < remembered.believedUntilMs;
  }

  private letOthersBelieve(remembered: Remembered | undefined): void {
    if (remembered === undefined) return;
    const untilMs = this.clock.monotonicMs() + ASKING_AGAIN_MS;
    remembered.believedUntilMs = Math.max(remembered.believedUntilMs, untilMs);
  }

  /** Unless memory has learned something else while SQL was asked, which may be newer. */
  private remember({ lookupKey, expiresAtMs }: LocationEntity, outcome: KnownOutcome, before?: Remembered): void {
    if (this.latest.peek(lookupKey) !== before) return;
    const isSame = before?.outcome.lookedUpAtMs === outcome.lookedUpAtMs;
    const believedUntilMs = this.clock.monotonicMs() + BELIEVED_MS;
    this.latest.set(lookupKey, { outcome, expiresAtMs, believedUntilMs, uses: (isSame ? before.uses : 0) + 1 });
  }

  private forget(keptKey: string, before: Remembered | undefined): void {
    if (before !== undefined && this.latest.peek(keptKey) === before) this.latest.delete(keptKey);
  }

  /**
   * How often lookups of the key had failed when the last one ended, also after that has expired; 0 where it succeeded. So
   * where lookups for a new event fail as well, the key goes on counting, and does not begin again.
   */
  async failedAttempts(key: string): Promise<number> {
    const row = await this.rows.findOneBy({ lookupKey: this.addresses.rememberedAs(key) });
    return row?.failedAttempts ?? 0;
  }

  /**
   * Erases some of what is kept under plain keys, from a time when addresses were kept whole: nobody asks for it any more.
   * @returns how many there were: none where there is no more, or where addresses are kept
   */
  async eraseUnderPlainKeys(): Promise<number> {
    if (this.addresses.keepsAll) return 0;
    const where = { lookupKey: LessThan(HASHED_KEY_PREFIX) };
    const rows = await this.rows.find({ select: { lookupKey: true }, where, take: ERASED_AT_ONCE });
    return rows.length === 0 ? 0 : this.eraseRows(rows.map(({ lookupKey }) => lookupKey));
  }

  /**
   * Forgets what is known of the keys, so that their next events have them looked up anew. Other processes may still believe
   * for a minute what they remember.
   */
  async erase(keys: readonly string[]): Promise<void> {
    const keptKeys = keys.map((key) => this.addresses.rememberedAs(key));
    for (let from = 0; from < keptKeys.length; from += ERASED_AT_ONCE) {
      await this.eraseRows(keptKeys.slice(from, from + ERASED_AT_ONCE));
    }
    for (const keptKey of keptKeys) this.latest.delete(keptKey);
  }

  private eraseRows(keptKeys: readonly string[]): Promise<number> {
    const removal = this.rows.createQueryBuilder().delete();
    return this.write(() => removal.where({ lookupKey: In(keptKeys) }).getQueryAndParameters());
  }

  /** A failure is known until its next attempt; one that is given up, for a day. */
  private expiryOf(outcome: KnownOutcome): number {
    const { locationTtlHours, unlocatableTtlHours } = this.settings;
    if (outcome.kind === 'failed') return outcome.nextAttemptAtMs ?? outcome.lookedUpAtMs + 24 * HOUR_MS;
    const ttlHours = outcome.kind === 'located' ? locationTtlHours : unlocatableTtlHours;
    return Math.round(outcome.lookedUpAtMs + ttlHours * HOUR_MS);
  }
}
