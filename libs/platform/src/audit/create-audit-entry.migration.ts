import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { createTableOnce } from '../database/schema-steps.js';

const TABLE = 'audit_entry';

/** What was done to keys and to the data of people. */
export class CreateAuditEntry1764800000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createTableOnce(
      runner,
      new Table({
        name: TABLE,
        columns: [
          { name: 'id', type: 'varchar', length: '36', isPrimary: true },
          { name: 'at', type: 'bigint' },
          { name: 'actor', type: 'varchar', length: '80' },
          { name: 'action', type: 'varchar', length: '40' },
          { name: 'subject', type: 'varchar', length: '80' },
          { name: 'details', type: 'text' },
        ],
        indices: [{ name: 'audit_entry_by_at', columnNames: ['at'] }],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(TABLE);
  }
}
