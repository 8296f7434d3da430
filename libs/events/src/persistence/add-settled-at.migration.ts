import { type MigrationInterface, type QueryRunner, TableIndex } from 'typeorm';

const NAME = 'event_by_settled_at';

/** When events got their outcomes, for whoever asks what has happened since a time. Plain SQL: TypeORM would copy the table on SQLite. */
export class AddSettledAt1764600000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // One statement where each is a transaction of its own, so that a start that is killed leaves nothing half done.
    if (runner.dataSource.options.type === 'mysql') {
      await runner.query(`ALTER TABLE event ADD COLUMN settled_at bigint, ADD INDEX ${NAME} (settled_at, task_id)`);
      return;
    }
    await runner.query('ALTER TABLE event ADD COLUMN settled_at bigint');
    await runner.query(`CREATE INDEX ${NAME} ON event (settled_at, task_id) WHERE settled_at IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('event', new TableIndex({ name: NAME, columnNames: ['settled_at', 'task_id'] }));
    await runner.query('ALTER TABLE event DROP COLUMN settled_at');
  }
}
