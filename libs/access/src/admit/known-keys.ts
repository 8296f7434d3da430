import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { type AuditedAction, Clock, pause, RepeatedWork, Settings, unlessLate } from '#libs/platform';
import { isSameHash } from '../domain/api-key.js';
import type { ApiKeyEntity } from '../persistence/api-key.entity.js';
import { ApiKeyRepository } from '../persistence/api-key.repository.js';
import { type GrantedKey, grantedKey } from './granted-key.js';

const REFRESH_EVERY_MS = 1_000;
const LONGEST_REFRESH_MS = 2_000;
/** For requests whose key is not known (yet): so many of them cost the database as much as one. */
const REFRESH_AT_MOST_EVERY_MS = 100;
/** What was known longer ago is not believed: a key may have been revoked since. */
const BELIEVED_MS = 4_000;
/** What the hash of an unknown key is compared to, so that it takes as long as the others. */
const NOBODYS_HASH = '0'.repeat(64);

/** What this process sees happen to keys. */
type SeenAction = Extract<AuditedAction, 'key.created' | 'key.revoked'> | 'key.expired';

/** A key is no longer granted. */
export type RevocationListener = (keyIds: readonly string[]) => void;

/**
 * The keys that grant anything, in memory, so that no request asks the database: all of them are read when one was added or
 * revoked anywhere, which is looked at every second.
 */
@Injectable()
export class KnownKeys implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(KnownKeys.name);
  private readonly stopping = new AbortController();
  private readonly listeners: RevocationListener[] = [];
  private keys = new Map<string, GrantedKey>();
  private state = '';
  private asOfMs = -Infinity;
  /** Under way, and after that. */
  private reading: Promise<void> | undefined;
  private next: Promise<void> | undefined;
  private readonly repeated = new RepeatedWork(() => this.refresh(), {
    everyMs: REFRESH_EVERY_MS,
    // What a read failed with is told once, whoever asked for it.
    onFailure: () => {},
  });
  private isFailing = false;

  constructor(
    private readonly rows: ApiKeyRepository,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /** The keys are known before the service listens, unless the database hangs just then. */
  async onApplicationBootstrap(): Promise<void> {
    if (this.settings.auth !== 'required') return;
    await this.refresh().catch(() => {});
    this.repeated.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.repeated.stop();
  }

  /** Whether what is known is young enough to be believed. */
  get isFresh(): boolean {
    return this.clock.monotonicMs() - this.asOfMs <= BELIEVED_MS;
  }

  /** The key with that id and that secret, unless it has expired; in the same time whatever is wrong with it. */
  find(id: string, secretHash: string): GrantedKey | null {
    const key = this.keys.get(id);
    const isRight = isSameHash(secretHash, key?.secretHash ?? NOBODYS_HASH);
    return key !== undefined && isRight && !this.isExpired(key) ? key : null;
  }

  /** Calls the listener when keys that were granted no longer are: revoked anywhere, or expired. */
  onRevoked(listener: RevocationListener): void {
    this.listeners.push(listener);
  }

  /** Resolves when what is known is no older than this call. Rejects where the database does not answer in time, which is told once until it does. */
  async refresh(): Promise<void> {
    this.next ??= this.readSoon();
    await this.next;
  }

  /** Whoever asks until it begins shares it. */
  private async readSoon(): Promise<void> {
    const sinceMs = this.clock.monotonicMs() - this.asOfMs;
    await this.reading?.catch(() => {});
    if (sinceMs < REFRESH_AT_MOST_EVERY_MS) await pause(REFRESH_AT_MOST_EVERY_MS - sinceMs, this.stopping.signal);
    this.next = undefined;
    this.reading = this.readAndTell().finally(() => (this.reading = undefined));
    await this.reading;
  }

  private async readAndTell(): Promise<void> {
    try {
      await this.read();
    } catch (error) {
      if (!this.isFailing) this.logger.warn({ msg: 'the API keys could not be read; trying on', err: error });
      this.isFailing = true;
      throw error;
    }
    if (this.isFailing) this.logger.log('the API keys could be read again');
    this.isFailing = false;
  }

  private async read(): Promise<void> {
    const asOfMs = this.clock.monotonicMs();
    const late = { longestMs: LONGEST_REFRESH_MS, error: () => new Error('the database did not answer in time') };
    const { state, rows } = await unlessLate(this.whatChanged(), late);
    if (rows !== null) {
      const granted = rows.map(grantedKey).filter((key) => !this.isExpired(key));
      this.dropExpired();
      this.replace(new Map(granted.map((key) => [key.id, key])));
      this.state = state;
    } else this.dropExpired();
    this.asOfMs = asOfMs;
  }

  /** All keys that are not revoked; null where they are as they were. */
  private async whatChanged(): Promise<{ readonly state: string; readonly rows: ApiKeyEntity[] | null }> {
    // The state first: what changes in between is seen as a change the next time.
    const state = await this.rows.state();
    return { state, rows: state === this.state ? null : await this.rows.unrevoked() };
  }

  private replace(keys: Map<string, GrantedKey>): void {
    const revoked = [...this.keys.values()].filter(({ id }) => !keys.has(id));
    const created = [...keys.values()].filter(({ id }) => !this.keys.has(id));
    this.keys = keys;
    this.tell('key.revoked', revoked);
    if (this.asOfMs !== -Infinity) this.log('key.created', created);
  }

  private dropExpired(): void {
    const expired = [...this.keys.values()].filter((key) => this.isExpired(key));
    for (const { id } of expired) this.keys.delete(id);
    this.tell('key.expired', expired);
  }

  private tell(action: SeenAction, keys: readonly GrantedKey[]): void {
    this.log(action, keys);
    const keyIds = keys.map(({ id }) => id);
    if (keyIds.length > 0) for (const listener of this.listeners) listener(keyIds);
  }

  /** Keys are made and revoked by the command line, whose log nobody keeps; who did it is in `audit_entry`. */
  private log(action: SeenAction, keys: readonly GrantedKey[]): void {
    for (const { id, name, scopes } of keys) {
      this.logger.log({ msg: 'audit', action, subject: id, name, scopes: [...scopes] });
    }
  }

  private isExpired({ expiresAtMs }: GrantedKey): boolean {
    return expiresAtMs !== null && expiresAtMs <= this.clock.nowMs();
  }
}
