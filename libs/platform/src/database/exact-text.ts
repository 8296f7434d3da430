import type { QueryRunner } from 'typeorm';

/**
 * Makes a new table compare text exactly, byte by byte, as SQLite does. The defaults of MySQL and MariaDB take "É" for
 * "e", and their plain binary collation ignores trailing blanks. The collation that does neither has a name of its own on
 * each: utf8mb4_0900_bin on MySQL 8, utf8mb4_nopad_bin on MariaDB. To be called right after creating the table; again, it changes nothing.
 */
export async function useExactText(runner: QueryRunner, table: string): Promise<void> {
  if (runner.connection.options.type !== 'mysql') return;
  await runner.query(
    `ALTER TABLE \`${table}\` CONVERT TO CHARACTER SET utf8mb4 COLLATE ${await exactCollation(runner)}`,
  );
}

/** The server's collation for exact text. */
export async function exactCollation(runner: Pick<QueryRunner, 'query'>): Promise<string> {
  const rows = (await runner.query('SELECT VERSION() AS version')) as { version: string }[];
  return /mariadb/i.test(rows[0]?.version ?? '') ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin';
}
