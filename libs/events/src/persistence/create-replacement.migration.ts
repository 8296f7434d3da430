import { type MigrationInterface, type QueryRunner, Table, type TableColumnOptions } from 'typeorm';
import { createTableOnce } from '#libs/platform';

const integer = (runner: QueryRunner) => runner.connection.driver.normalizeType({ type: 'int' });
const text = (name: string, length: number, more: object = {}) => ({
  name,
  type: 'varchar',
  length: String(length),
  ...more,
});

/** The keys whose events' locations are to be replaced. */
export class CreateReplacement1764100000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, []);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('location_replacement');
  }
}

/** The table as it became when replacements got scopes. */
export async function createScopedTable(runner: QueryRunner): Promise<void> {
  await createTable(runner, [text('scope', 64, { isPrimary: true }), { name: 'version', type: integer(runner) }]);
}

async function createTable(runner: QueryRunner, added: TableColumnOptions[]): Promise<void> {
  await createTableOnce(
    runner,
    new Table({
      name: 'location_replacement',
      withoutRowid: true,
      columns: [
        text('lookup_key', 64, { isPrimary: true }),
        text('reason', 16, { isPrimary: true }),
        ...added,
        text('address', 45),
        text('location_status', 16, { isNullable: true }),
        { name: 'looked_up_before', type: 'bigint' },
        { name: 'received_from', type: 'bigint', isNullable: true },
        { name: 'received_to', type: 'bigint', isNullable: true },
        { name: 'events', type: integer(runner) },
        { name: 'attempts', type: integer(runner) },
        { name: 'next_attempt_at', type: 'bigint' },
      ],
    }),
  );
}
