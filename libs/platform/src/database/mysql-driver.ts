import mysql from 'mysql2';

type PoolOptions = Parameters<typeof mysql.createPool>[0];

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
    return pool;
  },
};
