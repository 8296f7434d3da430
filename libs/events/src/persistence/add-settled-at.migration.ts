import { type MigrationInterface, type QueryRunner, TableIndex } from 'typeorm';
import { addOnce } from '#libs/platform';

const NAME = 'event_by_settled_at';

/** When events got their outcomes, for whoever asks what has happened since a time. Plain SQL: TypeORM would copy the table on SQLite. */
export class AddSettledAt1764600000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await addOnce(runner, 'ALTER TABLE event ADD COLUMN settled_at bigint');
    // MySQL has no indices of some of the rows.
    const rows = runner.dataSource.options.type === 'mysql' ? '' : ' WHERE settled_at IS NOT NULL';
    await addOnce(runner, `CREATE INDEX ${NAME} ON event (settled_at, task_id)${rows}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('event', new TableIndex({ name: NAME, columnNames: ['settled_at', 'task_id'] }));
    await runner.query('ALTER TABLE event DROP COLUMN settled_at');
  }
}
