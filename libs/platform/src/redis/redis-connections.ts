import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Redis, type RedisOptions } from 'ioredis';

const LONGEST_RECONNECT_PAUSE_MS = 1_000;
/**
 * How long an answer may be waited for before the connection is given up: a network that has forgotten it never says so. Much
 * longer than any command here blocks.
 */
const LONGEST_SILENCE_MS = 10_000;

/**
 * For commands that are sent once or not at all: one that is not answered when the connection ends fails, and one that is asked
 * for while there is none fails at once.
 */
export const SENT_ONCE = {
  autoResendUnfulfilledCommands: false,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
} as const;

/**
 * Opens this process' connections to Redis and closes them last. Commands wait while Redis is away, for as long as it
 * takes, and those that were not answered are sent again: what must not wait asks `isReady` first, and what must not be sent again
 * opens a connection with `SENT_ONCE`. The loss and the return of Redis are logged once each.
 */
@Injectable()
export class RedisConnections implements OnApplicationShutdown {
  private readonly logger = new Logger('Redis');
  private readonly connections: Redis[] = [];
  private wasLost = false;

  /** For commands. All who have none that block or subscribe share it. */
  readonly commands: Redis;

  /** @param whileAway what the loss means to the service, for the log */
  constructor(
    private readonly url: string,
    private readonly whileAway: string,
    private readonly longestSilenceMs = LONGEST_SILENCE_MS,
  ) {
    this.commands = this.open();
    this.commands.on('ready', () => this.reportReturn());
    this.commands.on('error', (error: Error) => this.reportLoss(error));
  }

  get isReady(): boolean {
    return this.commands.status === 'ready';
  }

  /** A connection of its own, for commands that block or subscribe, or are sent once. */
  open(options: Pick<RedisOptions, 'autoResubscribe' | keyof typeof SENT_ONCE> = {}): Redis {
    const connection = new Redis(this.url, {
      maxRetriesPerRequest: null,
      ...options,
      enableReadyCheck: false,
      socketTimeout: this.longestSilenceMs,
      retryStrategy: (attempt) => Math.min(attempt * 100, LONGEST_RECONNECT_PAUSE_MS),
    });
    // Without a listener ioredis would print each failed attempt itself.
    connection.on('error', () => {});
    connection.on('close', () => forgetSilence(connection));
    this.connections.push(connection);
    return connection;
  }

  onApplicationShutdown(): void {
    for (const connection of this.connections) connection.disconnect();
  }

  private reportLoss(error: Error): void {
    if (this.wasLost) return;
    this.wasLost = true;
    const { hostname, port } = new URL(this.url);
    const reason = error.message || String((error as { code?: string }).code);
    this.logger.warn({ msg: `REDIS_URL: Redis is away; ${this.whileAway}`, hostname, port, reason });
  }

  private reportReturn(): void {
    if (this.wasLost) this.logger.log('Redis is back');
    this.wasLost = false;
  }
}

/** ioredis 5.11 lets the time of a connection that has ended run on, and then gives up the one that came after it. */
function forgetSilence(connection: Redis): void {
  const timed = connection as unknown as { socketTimeoutTimer?: NodeJS.Timeout | undefined };
  clearTimeout(timed.socketTimeoutTimer);
  timed.socketTimeoutTimer = undefined;
}
