// Explains the statements that pages of the listing need. Arguments: database url, then a query string for each page.
// Prints one line of JSON: for each query string its statements, each with the lines of its plan.
import { Logger } from '@nestjs/common';
import { DATABASE_SCHEMA } from '../../dist/apps/whence/src/database-schema.js';
import { eventFilterFrom } from '../../dist/libs/events/src/fetch/event-filter.query.js';
import { EventEntity, EventSearch } from '../../dist/libs/events/src/index.js';
import { loadSettings, openDataSource } from '../../dist/libs/platform/src/index.js';

const [databaseUrl, ...queries] = process.argv.slice(2);
const isServer = databaseUrl.startsWith('mysql:');

Logger.overrideLogger(false);
const dataSource = await openDataSource(loadSettings({ DATABASE_URL: databaseUrl }).database, DATABASE_SCHEMA);
const search = new EventSearch(dataSource.getRepository(EventEntity));
const explained = [];
for (const query of queries) explained.push({ query, statements: await explain(await statementsOf(query)) });
console.log(JSON.stringify(explained));
process.exit();

/** Of the second page, which has a place to go on from as every page but the first. Each statement once. */
async function statementsOf(query) {
  const { order = 'desc', ...conditions } = Object.fromEntries(new URLSearchParams(query));
  const filter = eventFilterFrom(conditions);
  const { next } = await search.page({ filter, order, limit: 50 });
  const statements = new Map();
  const { logger } = dataSource;
  dataSource.logger = Object.assign(Object.create(logger), {
    logQuery: (sql, parameters = []) => statements.set(sql, parameters),
  });
  await search.page({ filter, order, limit: 50, ...(next === null ? {} : { after: next }) });
  dataSource.logger = logger;
  return statements;
}

async function explain(statements) {
  const plans = [];
  for (const [sql, parameters] of statements) {
    // What limits a statement's time comes before it, and cannot be explained.
    const unlimited = sql
      .trim()
      .replace(/^\/\*M! .*? FOR \*\/ /, '')
      .replace(/\/\*\+ .*? \*\/ /, '');
    const rows = await dataSource.query(`${isServer ? 'EXPLAIN' : 'EXPLAIN QUERY PLAN'} ${unlimited}`, parameters);
    plans.push({ sql: unlimited, plan: rows.map(isServer ? serverLine : ({ detail }) => detail) });
  }
  return plans;
}

function serverLine({ table, type, key, rows, Extra: extra }) {
  return `${table}: ${type}, key ${key}, rows ${rows}${extra ? `, ${extra}` : ''}`;
}
