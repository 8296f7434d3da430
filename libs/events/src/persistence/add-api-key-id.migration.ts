import type { MigrationInterface, QueryRunner } from 'typeorm';
import { addOnce } from '#libs/platform';

/** Which API key events were submitted with. Plain SQL: TypeORM would copy the table on SQLite. */
export class AddApiKeyId1764800000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await addOnce(runner, 'ALTER TABLE event ADD COLUMN api_key_id varchar(12)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE event DROP COLUMN api_key_id');
  }
}
