import { randomBytes } from 'node:crypto';
import { createConnection } from 'mysql2/promise';

const PREFIX = 'whence_';
const ACCOUNT = { user: 'whence', password: 'whence' };

/** How long dropping a database may wait for a transaction that a test left open. */
const DROP_WAIT_S = 5;

/**
 * Makes the account that tests connect with. It may do anything inside the test databases and nothing to the server,
 * as an operator would grant it, so a migration that needs more fails here first.
 */
export async function createMariaDbAccount(serverUrl: string): Promise<void> {
  const account = `'${ACCOUNT.user}'@'%'`;
  await queryMariaDb(serverUrl, `CREATE USER IF NOT EXISTS ${account} IDENTIFIED BY '${ACCOUNT.password}'`);
  await queryMariaDb(serverUrl, `GRANT ALL ON \`${PREFIX.replace('_', '\\_')}%\`.* TO ${account}`);
}

/** Makes an empty database with a random name, and returns the mysql:// url to use it with. */
export async function createMariaDbDatabase(serverUrl: string): Promise<string> {
  const name = PREFIX + randomBytes(6).toString('hex');
  await queryMariaDb(serverUrl, `CREATE DATABASE \`${name}\``);
  const { host } = new URL(serverUrl);
  return `mysql://${ACCOUNT.user}:${ACCOUNT.password}@${host}/${name}`;
}

/** Drops the database of such a url; fails when a transaction was left open in it. */
export async function dropMariaDbDatabase(serverUrl: string, databaseUrl: string): Promise<void> {
  const name = new URL(databaseUrl).pathname.slice(1);
  try {
    await queryMariaDb(serverUrl, `SET STATEMENT lock_wait_timeout=${DROP_WAIT_S} FOR DROP DATABASE \`${name}\``);
  } catch (cause) {
    throw new Error(`${name} cannot be dropped: is a transaction still open in it?`, { cause });
  }
}

/** Runs one statement on a connection of its own and returns the rows. */
export async function queryMariaDb(url: string, sql: string): Promise<unknown> {
  const connection = await createConnection({ uri: url, connectTimeout: 2000 });
  try {
    const [rows] = await connection.query(sql);
    return rows;
  } finally {
    await connection.end();
  }
}
