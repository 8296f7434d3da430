import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { createTableOnce } from '#libs/platform';

const text = (name: string, length: number, isNullable = true) => ({
  name,
  type: 'varchar',
  length: String(length),
  isNullable,
});
const nullable = (name: string, type: string) => ({ name, type, isNullable: true });

const INDICES = [
  ['event_by_waiting_key', 'location_status', 'lookup_key'],
  ['event_by_location_status', 'location_status', 'task_id'],
  ['event_by_country_code', 'country_code', 'task_id'],
  ['event_by_name', 'name', 'task_id'],
  ['event_by_status_code', 'status_code', 'task_id'],
  ['event_by_source_ip', 'source_ip_order', 'task_id'],
  ['event_by_city', 'city', 'task_id'],
] as const;

/** The events and the indices that their queries need. */
export class CreateEvent1764000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // SQLite knows `int` as `integer`, and TypeORM would take the one for a change of the other.
    const int = runner.connection.driver.normalizeType({ type: 'int' });
    await createTableOnce(
      runner,
      new Table({
        name: 'event',
        withoutRowid: true,
        columns: [
          { ...text('task_id', 36, false), isPrimary: true },
          { name: 'received_at', type: 'bigint' },
          nullable('occurred_at', 'bigint'),
          text('name', 120),
          nullable('status_code', int),
          nullable('attributes', 'text'),
          text('source_ip', 45, false),
          text('source_ip_order', 33),
          text('lookup_key', 64),
          text('location_status', 16, false),
          text('country_code', 2),
          text('country', 200),
          text('region', 200),
          text('city', 200),
          nullable('latitude', 'double'),
          nullable('longitude', 'double'),
          text('timezone', 200),
          text('location_source', 32),
          nullable('looked_up_at', 'bigint'),
          text('location_error', 32),
          nullable('lookup_attempts', int),
        ],
        indices: INDICES.map(([name, ...columnNames]) => ({ name, columnNames })),
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('event');
  }
}
