import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { RepeatedWork } from '../clock/repeated-work.js';
import { LastingFault } from '../logging/lasting-fault.js';
import { RedisAwayError, redisRefusal } from './redis-failure.js';

const PROBED_EVERY_MS = 2_000;
/** The smallest write: a Redis that only reads, or is full, still answers whoever only reads. */
const PROBE_KEY = 'whence:probe';
const PROBE_KEPT_MS = 60_000;
/** A Redis at the edge of its memory refuses every other write: so many in a row, over some ten seconds, say that it is back. */
const BACK_AFTER_WRITES = 5;

const AWAY = new RedisAwayError().message;
const NOT_YET = 'Redis does not take commands yet';
const NOT_EVICTING = 'noeviction';

export interface RedisWatchOptions {
  readonly everyMs?: number;
  /** Called after each probe that Redis has written. */
  readonly onWritten?: () => void;
}

/** Finds out whether Redis can be used, by writing to it every two seconds, and tells the log when that changes. */
export class RedisWatch {
  private readonly logger = new Logger('Redis');
  private readonly lasting = new LastingFault(this.logger, 'Redis is back', false);
  private readonly probes: RepeatedWork;
  private refusal: string | null = null;
  private writtenInARow = 0;
  private probing: Promise<void> | undefined;
  private policy = NOT_EVICTING;
  private readonly onWritten: () => void;

  /** @param whileAway what it means to the service that Redis cannot be used, for the log */
  constructor(
    private readonly commands: Redis,
    private readonly url: string,
    private readonly whileAway: string,
    { everyMs = PROBED_EVERY_MS, onWritten = () => {} }: RedisWatchOptions = {},
  ) {
    this.onWritten = onWritten;
    commands.on('ready', () => void this.probe().then(() => this.checkPolicy()));
    commands.on('error', (error: Error) => this.noteLoss(error));
    const tryOnce = async () => (commands.status === 'ready' ? this.probe() : this.tell('no connection'));
    this.probes = new RepeatedWork(tryOnce, { everyMs, firstAfterMs: everyMs, onFailure: () => {} });
    this.probes.start();
  }

  /** Why Redis cannot be used, in words and without an address; null where it can. */
  get fault(): string | null {
    if (this.refusal !== null || this.commands.status === 'ready') return this.refusal;
    // Connected, and asked whether it may be used: so it is while it reads its data from disk.
    return this.commands.status === 'connect' ? NOT_YET : AWAY;
  }

  /** Does not wait for a probe under way, which ends with the connection. */
  stop(): void {
    void this.probes.stop();
  }

  private noteLoss(error: Error): void {
    const refusal = redisRefusal(error);
    // Where the password is refused, so is what else a connection begins with.
    if (this.refusal?.includes('WRONGPASS') === true && refusal?.includes('NOAUTH') === true) return;
    this.refusal = refusal;
    this.tell(error.message || String((error as { code?: string }).code));
  }

  /** One at a time: a Redis that hangs keeps each until the connection is given up. */
  private probe(): Promise<void> {
    return (this.probing ??= this.write().finally(() => (this.probing = undefined)));
  }

  private async write(): Promise<void> {
    try {
      await this.commands.set(PROBE_KEY, '1', 'PX', PROBE_KEPT_MS);
      this.refusal = null;
      if (++this.writtenInARow >= BACK_AFTER_WRITES) this.lasting.end();
      this.onWritten();
    } catch (error) {
      const refusal = redisRefusal(error);
      // What has ended the connection is told by its own event.
      if (refusal === null && this.commands.status !== 'ready') return;
      this.refusal = refusal ?? 'Redis refuses a write';
      this.tell((error as Error).message);
    }
  }

  private tell(reason: string): void {
    this.writtenInARow = 0;
    const { hostname, port } = new URL(this.url);
    this.lasting.strike({ msg: `REDIS_URL: ${this.fault ?? AWAY}; ${this.whileAway}`, hostname, port, reason });
  }

  /** Asked of INFO, which is permitted where a provider forbids CONFIG. Where it cannot be read nothing is said. */
  private async checkPolicy(): Promise<void> {
    const memory = await this.commands.info('memory').catch(() => '');
    const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1] ?? NOT_EVICTING;
    if (policy !== NOT_EVICTING && policy !== this.policy) {
      const msg = `REDIS_URL: this Redis evicts keys, and so loses lookups; set its maxmemory-policy to ${NOT_EVICTING}`;
      this.logger.warn({ msg, 'maxmemory-policy': policy });
    }
    this.policy = policy;
  }
}
