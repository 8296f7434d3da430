import { type MigrationInterface, type QueryRunner, TableIndex } from 'typeorm';
import { parseIpAddress, sortableAddress } from '#libs/geolocation';

interface Row {
  readonly task_id: string;
  readonly source_ip: string;
}

const ROWS_AT_ONCE = 500;

/** What filters by city and by source address need. Plain SQL: TypeORM would copy the whole table on SQLite. */
export class AddFilterIndices1764400000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE event ADD COLUMN source_ip_order varchar(33)');
    await fillSourceIpOrder(runner);
    await runner.query('CREATE INDEX event_by_source_ip ON event (source_ip_order, task_id)');
    await runner.query('CREATE INDEX event_by_city ON event (city, task_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('event', new TableIndex({ name: 'event_by_city', columnNames: ['city', 'task_id'] }));
    const columnNames = ['source_ip_order', 'task_id'];
    await runner.dropIndex('event', new TableIndex({ name: 'event_by_source_ip', columnNames }));
    await runner.query('ALTER TABLE event DROP COLUMN source_ip_order');
  }
}

async function fillSourceIpOrder(runner: QueryRunner): Promise<void> {
  for (let after = ''; ;) {
    const sql = `SELECT task_id, source_ip FROM event WHERE task_id > ? ORDER BY task_id LIMIT ${ROWS_AT_ONCE}`;
    const rows = (await runner.query(sql, [after])) as Row[];
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.task_id;
    const cases = rows.map(() => 'WHEN ? THEN ?').join(' ');
    await runner.query(
      `UPDATE event SET source_ip_order = CASE task_id ${cases} END WHERE task_id >= ? AND task_id <= ?`,
      [...rows.flatMap((row) => [row.task_id, orderOf(row)]), rows[0]?.task_id, after],
    );
  }
}

function orderOf({ source_ip: text }: Row): string | null {
  const address = parseIpAddress(text);
  return address === null ? null : sortableAddress(address);
}
