import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { createTableOnce } from '#libs/platform';

const TABLE = 'idempotency_reservation';

/** The Idempotency-Keys in use. */
export class CreateReservation1764200000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createTableOnce(
      runner,
      new Table({
        name: TABLE,
        withoutRowid: true,
        columns: [
          { name: 'key_hash', type: 'varchar', length: '64', isPrimary: true },
          { name: 'body_hash', type: 'varchar', length: '64' },
          { name: 'first_task_id', type: 'varchar', length: '36' },
          { name: 'state', type: 'varchar', length: '16' },
          { name: 'touched_at', type: 'bigint' },
          { name: 'created_at', type: 'bigint' },
        ],
        indices: [{ name: 'idempotency_reservation_by_created_at', columnNames: ['created_at'] }],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(TABLE);
  }
}
