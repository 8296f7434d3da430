import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { ROOT } from '../support/built.js';

/** A mapping of a YAML or JSON file. */
export type Mapping = Record<string, unknown>;

/** The text of a file of the checkout. */
export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** All documents of a YAML file, with its anchors and merge keys resolved. @throws where it is not YAML */
export function yamlOf<T = Mapping>(path: string): T[] {
  return parseAllDocuments(textOf(path), { merge: true }).map((document) => {
    for (const error of [...document.errors, ...document.warnings]) throw new Error(`${path}: ${error.message}`);
    return document.toJS() as T;
  });
}

/** The names of the files of a folder, sorted. */
export function filesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();
}

/** The settings that there are. */
export function settingNames(): string[] {
  return [...textOf('.env.example').matchAll(/^#([A-Z_]+)=/gm)].map(([, name]) => name ?? '');
}

/** The variables of OpenTelemetry that its SDK reads, as docs/operations.md lists them. */
export function sdkVariables(): string[] {
  return textOf('docs/operations.md').match(/(?<=`)OTEL_[A-Z_]+(?=`)/g) ?? [];
}

/** The paths of the calls that there are, as openapi.json has them: without a trailing slash. */
export function apiPaths(): string[] {
  return Object.keys((JSON.parse(textOf('openapi.json')) as { paths: object }).paths);
}

/** What whoever runs Whence asks its processes, and no client of theirs. */
export const OPERATOR_PATHS = ['/health', '/metrics', '/queues', '/queues/api/queues'];

/** The jobs of Prometheus that the alerts go by. @throws where the alerts do not agree */
export function alertedJobs(): RegExp {
  const selectors = [...textOf('docker/prometheus/alerts.yml').matchAll(/\bjob=~"([^"]+)"/g)].map(([, text]) => text);
  const [selector, another] = new Set(selectors);
  if (selector === undefined || another !== undefined)
    throw new Error(`expected one selector, found ${selectors.join()}`);
  return new RegExp(`^(?:${selector})$`);
}

/** What clients ask for: the calls, the pages that describe them, and the page that shows events. */
export function clientPaths(): string[] {
  const calls = apiPaths().filter((path) => !OPERATOR_PATHS.includes(path));
  return [...calls, '/docs', '/docs/index.html', '/docs-json', '/', '/assets/index-abc.js'];
}

/** `NAME=value` lines, without comments. */
export function variablesOf(text: string): Record<string, string> {
  const assignments = text.split('\n').flatMap((line) => /^([A-Z_]+)=(.*)$/.exec(line)?.slice(1, 3) ?? []);
  const variables: Record<string, string> = {};
  for (let at = 0; at < assignments.length; at += 2) variables[assignments[at] ?? ''] = assignments[at + 1] ?? '';
  return variables;
}
