import type { MigrationInterface, QueryRunner } from 'typeorm';
import { exactCollation } from '#libs/platform';

/**
 * Lets events have no address. On SQLite by its fork's own ALTER COLUMN, which changes the declaration alone: TypeORM would
 * copy the whole table.
 */
export class AllowNoAddress1764900000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await declareAddress(runner, 'NULL');
  }

  /** Events without an address have an empty one then. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query("UPDATE event SET source_ip = '' WHERE source_ip IS NULL");
    await declareAddress(runner, 'NOT NULL');
  }
}

async function declareAddress(runner: QueryRunner, nullability: 'NULL' | 'NOT NULL'): Promise<void> {
  if (runner.dataSource.options.type === 'mysql') {
    const collation = await exactCollation(runner);
    const type = `varchar(45) CHARACTER SET utf8mb4 COLLATE ${collation}`;
    await runner.query(`ALTER TABLE event MODIFY source_ip ${type} ${nullability}`);
    return;
  }
  const constraint = nullability === 'NULL' ? '' : ' NOT NULL';
  await runner.query(`ALTER TABLE event ALTER COLUMN source_ip TO source_ip varchar(45)${constraint}`);
}
