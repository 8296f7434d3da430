import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { createTableOnce } from '#libs/platform';

const TABLE = 'api_key';

/** The API keys. */
export class CreateApiKey1764800000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createTableOnce(
      runner,
      new Table({
        name: TABLE,
        columns: [
          { name: 'id', type: 'varchar', length: '12', isPrimary: true },
          { name: 'name', type: 'varchar', length: '120' },
          { name: 'secret_hash', type: 'varchar', length: '64' },
          { name: 'scopes', type: 'varchar', length: '40' },
          { name: 'cidrs', type: 'text', isNullable: true },
          { name: 'throttle_per_minute', type: 'integer', isNullable: true },
          { name: 'created_at', type: 'bigint' },
          { name: 'expires_at', type: 'bigint', isNullable: true },
          { name: 'revoked_at', type: 'bigint', isNullable: true },
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(TABLE);
  }
}
