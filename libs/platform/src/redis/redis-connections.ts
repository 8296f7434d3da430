import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Redis, type RedisOptions } from 'ioredis';
import { isReplicaRefusal } from './redis-failure.js';
import { RedisWatch } from './redis-watch.js';

const LONGEST_RECONNECT_PAUSE_MS = 1_000;
/** How often a Redis is asked at least that still reads its data from disk. */
const LONGEST_LOADING_PAUSE_MS = 1_000;
/**
 * How long an answer may be waited for before the connection is given up: a network that has forgotten it never says so. Much
 * longer than any command here blocks.
 */
const LONGEST_SILENCE_MS = 10_000;

/** How long a connection to a server that only reads is kept at least. */
const REPLICA_LEFT_AFTER_MS = 5_000;

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
 * takes, and those that were not answered are sent again: what had better not wait asks `isReady` first, or `fault` where it
 * writes, and what must not be sent again opens a connection with `SENT_ONCE`. Neither knows at once that Redis hangs: a command
 * may wait for ten seconds all the same, so what must not sets itself a limit. That Redis cannot be used, and its return, are logged.
 */
@Injectable()
export class RedisConnections implements OnApplicationShutdown {
  private readonly connections: Redis[] = [];
  private readonly watch: RedisWatch;
  private hasMetReplica = false;

  /** For commands. All who have none that block or subscribe share it. */
  readonly commands: Redis;

  /** @param whileAway what the loss means to the service, for the log */
  constructor(
    private readonly url: string,
    whileAway: string,
    private readonly longestSilenceMs = LONGEST_SILENCE_MS,
  ) {
    this.commands = this.open();
    this.watch = new RedisWatch(this.commands, url, whileAway, { onWritten: () => this.follow() });
  }

  /** True while there is a connection; Redis may still refuse to write. */
  get isReady(): boolean {
    return this.commands.status === 'ready';
  }

  /**
   * Why Redis cannot be used, in words: it is away, or refuses to write, which is found out within some two seconds; null where
   * it can, and also where it hangs, until its connection is given up after ten.
   */
  get fault(): string | null {
    return this.watch.fault;
  }

  /** A connection of its own, for commands that block or subscribe, or are sent once. */
  open(options: Pick<RedisOptions, 'autoResubscribe' | keyof typeof SENT_ONCE> = {}): Redis {
    const connection = new Redis(this.url, {
      maxRetriesPerRequest: null,
      ...options,
      // Else ioredis takes a connection for ready whose password Redis has refused.
      enableReadyCheck: true,
      maxLoadingRetryTime: LONGEST_LOADING_PAUSE_MS,
      socketTimeout: this.longestSilenceMs,
      reconnectOnError: this.leaveReplicas(),
      retryStrategy: (attempt) => Math.min(attempt * 100, LONGEST_RECONNECT_PAUSE_MS),
    });
    // Without a listener ioredis would print each failed attempt itself.
    connection.on('error', () => {});
    connection.on('close', () => forgetSilence(connection));
    this.connections.push(connection);
    return connection;
  }

  onApplicationShutdown(): void {
    this.watch.stop();
    for (const connection of this.connections) connection.disconnect();
  }

  /**
   * After a failover the name leads to another server, while a connection stays at the old one, which only reads. Where that
   * is no failover, a connection is not made anew all the time.
   */
  private leaveReplicas(): (error: Error) => boolean {
    let leftAtMs = -Infinity;
    return (error) => {
      if (!isReplicaRefusal(error)) return false;
      this.hasMetReplica = true;
      if (performance.now() - leftAtMs < REPLICA_LEFT_AFTER_MS) return false;
      leftAtMs = performance.now();
      return true;
    };
  }

  /**
   * Once commands go to a server that writes, so does all else: a connection that only subscribes, or waits for a job, is never
   * told that its server only reads. Not before, since the name may lead to the old one for a while.
   */
  private follow(): void {
    if (!this.hasMetReplica) return;
    this.hasMetReplica = false;
    for (const connection of this.connections) if (connection !== this.commands) connection.disconnect(true);
  }
}

/** ioredis 5.11 lets the time of a connection that has ended run on, and then gives up the one that came after it. */
function forgetSilence(connection: Redis): void {
  const timed = connection as unknown as { socketTimeoutTimer?: NodeJS.Timeout | undefined };
  clearTimeout(timed.socketTimeoutTimer);
  timed.socketTimeoutTimer = undefined;
}
