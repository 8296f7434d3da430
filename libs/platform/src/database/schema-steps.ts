import type { QueryRunner, Table } from 'typeorm';
import { useExactText } from './exact-text.js';

/** What MySQL and MariaDB say of a column or an index that is there already. */
const PART_EXISTS = ['ER_DUP_FIELDNAME', 'ER_DUP_KEYNAME'];
const TABLE_EXISTS = ['ER_TABLE_EXISTS_ERROR'];

/*
 * The steps that migrations are made of. MySQL and MariaDB commit whatever changes the schema at once, so a migration that is
 * cut short leaves what it has done by then, and the next start begins it anew: each step has to do where it has been done
 * before. The server's refusal tells, and not a look beforehand: it may still be at work on the statement of a process
 * that was killed. On SQLite a migration is one transaction, and is there wholly or not at all.
 */

/**
 * Creates a table that compares text exactly, with its indices, unless it has been created. Indices that are missing are made up for.
 * @throws QueryFailedError where there is another table of that name, with other columns
 */
export async function createTableOnce(runner: QueryRunner, table: Table): Promise<void> {
  try {
    await runner.createTable(table);
  } catch (error) {
    if (!isOneOf(TABLE_EXISTS, error) || !(await hasItsColumns(runner, table))) throw error;
    await createMissingIndices(runner, table);
  }
  await useExactText(runner, table.name);
}

/** Runs a statement that adds one column or one index, unless that has been added. */
export async function addOnce(runner: QueryRunner, statement: string): Promise<void> {
  await unlessAdded(runner.query(statement));
}

async function unlessAdded(adding: Promise<unknown>): Promise<void> {
  try {
    await adding;
  } catch (error) {
    if (!isOneOf(PART_EXISTS, error)) throw error;
  }
}

function isOneOf(codes: readonly string[], error: unknown): boolean {
  return error instanceof Error && codes.includes(String((error as { code?: unknown }).code));
}

async function hasItsColumns(runner: QueryRunner, { name, columns }: Table): Promise<boolean> {
  const rows = (await runner.query(
    'SELECT column_name AS name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?',
    [name],
  )) as { name: string }[];
  const found = new Set(rows.map((row) => row.name));
  return found.size === columns.length && columns.every((column) => found.has(column.name));
}

/** By their names: which columns an index of that name has is not looked at. */
async function createMissingIndices(runner: QueryRunner, table: Table): Promise<void> {
  const rows = (await runner.query(
    'SELECT DISTINCT index_name AS name FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ?',
    [table.name],
  )) as { name: string }[];
  const found = new Set(rows.map((row) => row.name));
  const missing = table.indices.filter(({ name }) => name === undefined || !found.has(name));
  for (const index of missing) await unlessAdded(runner.createIndex(table, index));
}
