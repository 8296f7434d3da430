import type { Socket } from 'node:net';
import mysql, { type PoolConnection } from 'mysql2';
import type { DataSource } from 'typeorm';
import { type Pool, PoolRenewal } from './pool-renewal.js';

type PoolOptions = Parameters<typeof mysql.createPool>[0];

const renewals = new WeakMap<Pool, PoolRenewal>();

/**
 * mysql2 with READ COMMITTED on every connection. The default, REPEATABLE READ, locks the gaps of an index that an
 * UPDATE walks, and so would make submissions of an address wait while that address' outcome is written.
 */
export const mysqlDriver = {
  ...mysql,
  createPool(options: PoolOptions) {
    const pool = mysql.createPool(options);
    pool.on('connection', (connection) => {
      connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED', (error) => {
        if (error !== null) connection.destroy();
      });
    });
    renewals.set(pool, new PoolRenewal(pool));
    return pool;
  },
};

/** Longer than any statement of ours may take, but for migrations. */
const LONGEST_SILENCE_MS = 30_000;

/**
 * From now on connections in use are given up over which nothing has come for half a minute: a network that has forgotten
 * a connection never says so, and whoever waits for an answer on it would wait for good.
 */
export function limitSilence(pool: Pool, longestMs = LONGEST_SILENCE_MS): void {
  pool.on('acquire', (connection) => {
    const stream = streamOf(connection);
    stream.setTimeout(longestMs);
    if (stream.listenerCount('timeout') > 0) return;
    stream.on('timeout', () => stream.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
  });
  pool.on('release', (connection) => streamOf(connection).setTimeout(0));
}

function streamOf(connection: PoolConnection): Socket {
  return (connection as unknown as { stream: Socket }).stream;
}

/** The pool that TypeORM has for a server. */
export function poolOf({ driver }: DataSource): Pool {
  return (driver as unknown as { pool: Pool }).pool;
}

/** How a pool is used: connections in use and idle, how many there may be, and how many wait for one. */
export interface PoolUse {
  readonly used: number;
  readonly idle: number;
  readonly limit: number;
  readonly waiting: number;
}

/** What mysql2 keeps of a pool; it tells of it in no other way. */
interface PoolParts {
  readonly _allConnections: { readonly length: number };
  readonly _freeConnections: { readonly length: number };
  readonly _connectionQueue: { readonly length: number };
  readonly config: { readonly connectionLimit: number };
}

/** How the connections to a server are used just now. */
export function poolUse(dataSource: DataSource): PoolUse {
  const { _allConnections, _freeConnections, _connectionQueue, config } = poolOf(dataSource) as unknown as PoolParts;
  return {
    used: _allConnections.length - _freeConnections.length,
    idle: _freeConnections.length,
    limit: config.connectionLimit,
    waiting: _connectionQueue.length,
  };
}

/**
 * Lets go of every connection to the server: see PoolRenewal. New ones look its name up again, which after a failover leads
 * to another server.
 */
export function renewConnections(dataSource: DataSource): void {
  renewals.get(poolOf(dataSource))?.renew();
}
