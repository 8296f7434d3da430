import { type MigrationInterface, type QueryRunner, TableIndex } from 'typeorm';

const NAME = 'event_by_settled_at';

/** When events got their outcomes, for whoever asks what has happened since a time. Plain SQL: TypeORM would copy the table on SQLite. */
export class AddSettledAt1764600000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE event ADD COLUMN settled_at bigint');
    const isServer = runner.dataSource.options.type === 'mysql';
    const those = isServer ? '' : ' WHERE settled_at IS NOT NULL';
    await runner.query(`CREATE INDEX ${NAME} ON event (settled_at, task_id)${those}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('event', new TableIndex({ name: NAME, columnNames: ['settled_at', 'task_id'] }));
    await runner.query('ALTER TABLE event DROP COLUMN settled_at');
  }
}
