import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createConfig, lint } from '@redocly/openapi-core';

const DOCUMENT = fileURLToPath(new URL('../openapi.json', import.meta.url));

/**
 * Lints an OpenAPI document with Redocly's recommended rules.
 * @param {string} path the document
 * @returns {Promise<string[]>} one line for each problem, with its place
 */
export async function lintOpenApi(path) {
  const config = await createConfig({ extends: ['recommended'] });
  return (await lint({ ref: path, config })).filter((problem) => !problem.ignored).map(describe);
}

function describe({ location, severity, ruleId, message }) {
  const [first] = location;
  const where = first ? `${relative('', first.source.absoluteRef)} ${first.pointer ?? ''}`.trim() : '';
  return `${severity} ${ruleId}: ${message.trim()} (${where})`;
}

async function main() {
  if (!existsSync(DOCUMENT)) {
    console.error('openapi.json is missing: npm run golden writes it.');
    return 1;
  }
  const problems = await lintOpenApi(DOCUMENT);
  for (const line of problems) console.log(line);
  return problems.length > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main();
