import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { useExactText } from '#libs/platform';

/** The keys whose events' locations are to be replaced. */
export class CreateReplacement1764100000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const int = runner.connection.driver.normalizeType({ type: 'int' });
    await runner.createTable(
      new Table({
        name: 'location_replacement',
        withoutRowid: true,
        columns: [
          { name: 'lookup_key', type: 'varchar', length: '64', isPrimary: true },
          { name: 'reason', type: 'varchar', length: '16', isPrimary: true },
          { name: 'address', type: 'varchar', length: '45' },
          { name: 'location_status', type: 'varchar', length: '16', isNullable: true },
          { name: 'looked_up_before', type: 'bigint' },
          { name: 'received_from', type: 'bigint', isNullable: true },
          { name: 'received_to', type: 'bigint', isNullable: true },
          { name: 'events', type: int },
          { name: 'attempts', type: int },
          { name: 'next_attempt_at', type: 'bigint' },
        ],
      }),
    );
    await useExactText(runner, 'location_replacement');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('location_replacement');
  }
}
