import type { MigrationInterface, QueryRunner } from 'typeorm';
import { addOnce } from '#libs/platform';

/** When a failed event's location is looked up again. Plain SQL: TypeORM would copy the whole table on SQLite. */
export class AddNextAttempt1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await addOnce(runner, 'ALTER TABLE event ADD COLUMN next_attempt_at bigint');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE event DROP COLUMN next_attempt_at');
  }
}
