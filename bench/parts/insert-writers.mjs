// How one statement is run on either database, with the durability that the service asks for.
import Database from 'libsql';
import { createConnection } from 'mysql2/promise';

/** Opens a connection; the function it returns resolves once the statement's rows are on disk. */
export async function openWriter(databaseUrl) {
  if (databaseUrl.startsWith('sqlite:')) return openSqlite(databaseUrl.slice('sqlite:'.length));
  const connection = await createConnection(databaseUrl);
  return ({ sql, values }) => (values === undefined ? connection.query(sql) : connection.execute(sql, values));
}

function openSqlite(path) {
  const database = new Database(path);
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = FULL');
  let prepared;
  return async ({ sql, values }) => {
    if (values === undefined) return database.exec(sql);
    prepared ??= database.prepare(sql);
    prepared.run(values);
  };
}
