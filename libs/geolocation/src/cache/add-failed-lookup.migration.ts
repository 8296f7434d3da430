import type { MigrationInterface, QueryRunner } from 'typeorm';
import { addOnce } from '#libs/platform';

const ADDED = ['failure_code varchar(32)', 'failed_attempts integer', 'next_attempt_at bigint'];

/** What is remembered of a lookup that failed. Plain SQL: TypeORM would copy the whole table on SQLite. */
export class AddFailedLookup1764300000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const column of ADDED) await addOnce(runner, `ALTER TABLE location ADD COLUMN ${column}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const column of ADDED) await runner.query(`ALTER TABLE location DROP COLUMN ${column.split(' ')[0]}`);
  }
}
