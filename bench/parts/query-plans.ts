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

/**
 * Whether a plan reads a whole table or sorts rows. SQLite says SCAN for a walk along an index that a LIMIT ends as well,
 * but then names the index.
 */
export function isScanOrSort(database: DatabaseKind, line: string): boolean {
  if (database === 'sqlite') return /USE TEMP B-TREE/.test(line) || (/^SCAN event\b/.test(line) && !/USING/.test(line));
  return /: ALL,/.test(line) || /Using filesort|Using temporary/.test(line);
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
    .replace(/SELECT (event\.\w+ AS event_\w+,? ?)+/g, 'SELECT * ')
    .replace(/\?(, ?\?)+/g, '?, …');
}
