import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createScopedTable, CreateReplacement1764100000001 } from './create-replacement.migration.js';

const KEPT =
  'lookup_key, reason, address, location_status, looked_up_before, received_from, received_to, events, attempts, next_attempt_at';
const OLD = 'location_replacement_old';

/**
 * Gives replacements of one key and reason that mean other events rows of their own, and each a version. By a new table,
 * since SQLite cannot change a primary key.
 */
export class ScopeReplacements1764300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE location_replacement RENAME TO ${OLD}`);
    await createScopedTable(runner);
    await runner.query(
      `INSERT INTO location_replacement (scope, version, ${KEPT}) SELECT 'before scopes', 1, ${KEPT} FROM ${OLD}`,
    );
    await runner.dropTable(OLD);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE location_replacement RENAME TO ${OLD}`);
    await new CreateReplacement1764100000001().up(runner);
    const first = `SELECT MIN(scope) FROM ${OLD} other WHERE other.lookup_key = old.lookup_key AND other.reason = old.reason`;
    await runner.query(
      `INSERT INTO location_replacement (${KEPT}) SELECT ${KEPT} FROM ${OLD} old WHERE scope = (${first})`,
    );
    await runner.dropTable(OLD);
  }
}
