import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createScopedTable, CreateReplacement1764100000001 } from './create-replacement.migration.js';

const KEPT =
  'lookup_key, reason, address, location_status, looked_up_before, received_from, received_to, events, attempts, next_attempt_at';
const TABLE = 'location_replacement';
const OLD = 'location_replacement_old';

/**
 * Gives replacements of one key and reason that mean other events rows of their own, and each a version. By a new table,
 * since SQLite cannot change a primary key. Where it was cut short (see createTableOnce) the old table is there until all is copied.
 */
export class ScopeReplacements1764300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const isRenamed = (await runner.hasTable(OLD)) || (await runner.hasColumn(TABLE, 'scope'));
    if (!isRenamed) await runner.query(`ALTER TABLE ${TABLE} RENAME TO ${OLD}`);
    await createScopedTable(runner);
    if (!(await runner.hasTable(OLD))) return;
    const isCopied = `SELECT 1 FROM ${TABLE} copy WHERE copy.lookup_key = ${OLD}.lookup_key AND copy.reason = ${OLD}.reason`;
    await runner.query(
      `INSERT INTO ${TABLE} (scope, version, ${KEPT})
        SELECT 'before scopes', 1, ${KEPT} FROM ${OLD} WHERE NOT EXISTS (${isCopied})`,
    );
    await runner.dropTable(OLD);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE ${TABLE} RENAME TO ${OLD}`);
    await new CreateReplacement1764100000001().up(runner);
    const first = `SELECT MIN(scope) FROM ${OLD} other WHERE other.lookup_key = old.lookup_key AND other.reason = old.reason`;
    await runner.query(`INSERT INTO ${TABLE} (${KEPT}) SELECT ${KEPT} FROM ${OLD} old WHERE scope = (${first})`);
    await runner.dropTable(OLD);
  }
}
