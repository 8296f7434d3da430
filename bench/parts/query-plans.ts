import { join } from 'node:path';
import type { DatabaseKind } from './installation.js';
import { runToEnd } from './run-to-end.js';

const SCRIPT = join(import.meta.dirname, 'explain-pages-process.mjs');
const LONGEST_EXPLAINING_MS = 5 * 60_000;

/** A statement and what the database says about how it runs it, a line for each table or step. */
export interface ExplainedStatement {
  readonly sql: string;
  readonly plan: readonly string[];
}

/** What a page under a query string of the listing needs. */
export interface ExplainedPage {
  readonly query: string;
  readonly statements: readonly ExplainedStatement[];
}

/** How the database runs what the second page of each query needs. */
export function explainPages(databaseUrl: string, queries: readonly string[]): Promise<ExplainedPage[]> {
  return runToEnd('explaining', process.execPath, [SCRIPT, databaseUrl, ...queries], LONGEST_EXPLAINING_MS);
}

/** How often a statement reads all events or sorts them, and how often it sorts what it has gathered of them, which a LIMIT bounds. */
export interface ScansAndSorts {
  readonly ofEvents: number;
  readonly ofGathered: number;
}

/** SQLite says SCAN for a walk along an index that a LIMIT ends as well, but then names the index. */
export function scansAndSorts(database: DatabaseKind, plan: readonly string[]): ScansAndSorts {
  return database === 'sqlite' ? inSqlite(plan) : inMariaDb(plan);
}

function inMariaDb(plan: readonly string[]): ScansAndSorts {
  const costly = plan.filter((line) => /: ALL,|Using filesort|Using temporary/.test(line));
  const ofGathered = costly.filter((line) => /^<(derived|union)/.test(line)).length;
  return { ofEvents: costly.length - ofGathered, ofGathered };
}

/** A sort comes after what is sorted. */
function inSqlite(plan: readonly string[]): ScansAndSorts {
  let [isOfEvents, ofEvents, ofGathered] = [false, 0, 0];
  for (const line of plan) {
    const source = /^(?:SCAN|SEARCH) (\w+)/.exec(line)?.[1];
    if (source !== undefined) isOfEvents = /^event/i.test(source);
    if (isOfEvents && /^SCAN/.test(line) && !/USING/.test(line)) ofEvents++;
    if (/^USE TEMP B-TREE/.test(line))
      [ofEvents, ofGathered] = [ofEvents + Number(isOfEvents), ofGathered + Number(!isOfEvents)];
  }
  return { ofEvents, ofGathered };
}

/** As a document: a section for each query, without quotes around names, which are of no use to a reader. */
export function plansAsMarkdown(title: string, pages: readonly ExplainedPage[]): string {
  const sections = pages.map(({ query, statements }) => {
    const lines = statements.flatMap(({ sql, plan }) => [readable(sql), ...plan.map((line) => `  -> ${line}`), '']);
    return `### ${query === '' ? 'no filter' : `\`${query}\``}\n\n\`\`\`\n${lines.join('\n').trimEnd()}\n\`\`\`\n`;
  });
  return `## ${title}\n\n${sections.join('\n')}`;
}

/** A list of values that differs only in its length is one question mark; the columns of a whole row are one star. */
function readable(sql: string): string {
  return sql
    .replace(/[`"]/g, '')
    .replace(/SELECT (EventEntity\.\w+ AS \w+,? ?)+/g, 'SELECT * ')
    .replace(/\?(, ?\?)+/g, '?, …');
}
