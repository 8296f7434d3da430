import type { MigrationInterface, QueryRunner } from 'typeorm';
import { addOnce } from '#libs/platform';

/** When events were stored whose ids are older. Plain SQL: TypeORM would copy the table on SQLite. */
export class AddStoredLate1764700000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await addOnce(runner, 'ALTER TABLE event ADD COLUMN stored_late_at bigint');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE event DROP COLUMN stored_late_at');
  }
}
