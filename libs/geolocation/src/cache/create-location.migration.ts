import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { createTableOnce } from '#libs/platform';

const text = (name: string, length: number, isNullable = true) => ({
  name,
  type: 'varchar',
  length: String(length),
  isNullable,
});

/** The location cache. */
export class CreateLocation1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createTableOnce(
      runner,
      new Table({
        name: 'location',
        withoutRowid: true,
        columns: [
          { ...text('lookup_key', 64, false), isPrimary: true },
          text('kind', 16, false),
          text('country_code', 2),
          text('country', 200),
          text('region', 200),
          text('city', 200),
          { name: 'latitude', type: 'double', isNullable: true },
          { name: 'longitude', type: 'double', isNullable: true },
          text('timezone', 200),
          text('source', 32),
          { name: 'looked_up_at', type: 'bigint' },
          { name: 'expires_at', type: 'bigint' },
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('location');
  }
}
