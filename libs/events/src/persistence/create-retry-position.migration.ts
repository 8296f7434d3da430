import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { createTableOnce } from '#libs/platform';

/** How far retries got that took too long for one request. */
export class CreateRetryPosition1764300000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const int = runner.connection.driver.normalizeType({ type: 'int' });
    await createTableOnce(
      runner,
      new Table({
        name: 'location_retry',
        withoutRowid: true,
        columns: [
          { name: 'request', type: 'varchar', length: '200', isPrimary: true },
          { name: 'position', type: 'varchar', length: '64' },
          { name: 'found_keys', type: int },
          { name: 'lookups', type: int },
          { name: 'saved_at', type: 'bigint' },
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('location_retry');
  }
}
