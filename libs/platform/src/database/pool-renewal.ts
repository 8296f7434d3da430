import { performance } from 'node:perf_hooks';
import type mysql from 'mysql2';
import type { PoolConnection } from 'mysql2';

export type Pool = ReturnType<typeof mysql.createPool>;

/** A server that goes on refusing writes would else cost new connections for each of them. */
const SHORTEST_INTERVAL_MS = 1_000;

/** Lets go of all connections of a pool, so that it makes new ones. */
export class PoolRenewal {
  private readonly idle = new Set<PoolConnection>();
  private kept = new WeakSet<PoolConnection>();
  private renewedAtMs = -Infinity;
  private next: NodeJS.Timeout | undefined;

  constructor(pool: Pool) {
    pool.on('connection', (connection) => this.watch(connection));
    pool.on('acquire', (connection) => this.idle.delete(connection));
    pool.on('release', (connection) => this.idle.add(connection));
  }

  /**
   * Destroys the idle connections at once, and those in use when they are given back. Once a second at most: what is asked
   * for sooner is done at the end of the second, for all connections that there are by then.
   */
  renew(): void {
    const waitMs = this.renewedAtMs + SHORTEST_INTERVAL_MS - performance.now();
    if (waitMs <= 0) this.renewNow();
    else this.next ??= setTimeout(() => this.renewNow(), waitMs).unref();
  }

  private watch(connection: PoolConnection): void {
    this.kept.add(connection);
    for (const event of ['end', 'error']) connection.once(event, () => this.idle.delete(connection));
    // No event tells of a connection that goes from hand to hand, as all do while somebody waits for one.
    const release = connection.release.bind(connection);
    connection.release = () => (this.kept.has(connection) ? release() : connection.destroy());
  }

  private renewNow(): void {
    clearTimeout(this.next);
    this.next = undefined;
    this.renewedAtMs = performance.now();
    this.kept = new WeakSet();
    for (const connection of this.idle) connection.destroy();
    this.idle.clear();
  }
}
