// Loads of rows are stored much faster without indices, which are then made of all rows at once.

const SERVER_INDICES =
  "SELECT INDEX_NAME AS name, GROUP_CONCAT(COLUMN_NAME ORDER BY SEQ_IN_INDEX SEPARATOR ', ') AS columns" +
  " FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'event'" +
  " AND INDEX_NAME <> 'PRIMARY' GROUP BY INDEX_NAME";
const FILE_INDICES =
  "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'event' AND sql IS NOT NULL";

/**
 * Does the work while the event table has no index but its primary key, and gives it the same indices again.
 * @param {import('typeorm').DataSource} dataSource
 * @param {(sql: string, parameters: []) => Promise<number>} write
 * @param {() => Promise<void>} work
 */
export async function withoutIndices(dataSource, write, work) {
  const isServer = dataSource.options.type === 'mysql';
  const indices = await dataSource.query(isServer ? SERVER_INDICES : FILE_INDICES);
  const drops = isServer
    ? [`ALTER TABLE event ${indices.map(({ name }) => `DROP INDEX ${name}`).join(', ')}`]
    : indices.map(({ name }) => `DROP INDEX ${name}`);
  const adds = isServer
    ? [`ALTER TABLE event ${indices.map(({ name, columns }) => `ADD INDEX ${name} (${columns})`).join(', ')}`]
    : indices.map(({ sql }) => sql);
  for (const sql of drops) await write(sql, []);
  await work();
  for (const sql of adds) await write(sql, []);
}
