import { type MigrationInterface, type QueryRunner, TableIndex } from 'typeorm';

const NAME = 'location_by_looked_up_at';

/** For processes of before `event.settled_at`, which find what a stream has missed by it; a later release drops it. */
export class AddLookedUpIndex1764500000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX ${NAME} ON location (looked_up_at, lookup_key)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('location', new TableIndex({ name: NAME, columnNames: ['looked_up_at', 'lookup_key'] }));
  }
}
