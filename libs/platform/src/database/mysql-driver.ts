import mysql from 'mysql2';
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

/**
 * Lets go of every connection to the server: see PoolRenewal. New ones look its name up again, which after a failover leads
 * to another server.
 */
export function renewConnections({ driver }: DataSource): void {
  renewals.get((driver as unknown as { pool: Pool }).pool)?.renew();
}
