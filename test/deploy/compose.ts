import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from '../support/built.js';
import { type Mapping, variablesOf, yamlOf } from './files.js';

/** A file of the checkout in a container, in the long form. */
export interface BindMount {
  readonly type: 'bind';
  readonly source: string;
  readonly target: string;
  readonly read_only: boolean;
  readonly bind: { readonly create_host_path: boolean };
}

/** A service of docker-compose.yml, as far as the tests look at it. */
export interface ComposeService extends Mapping {
  readonly image: string;
  readonly build?: { readonly dockerfile: string; readonly target: string; readonly args?: Record<string, string> };
  readonly profiles?: string[];
  readonly environment?: Record<string, string>;
  readonly volumes?: (string | BindMount)[];
  readonly networks: string[];
  readonly ports?: string[];
  readonly healthcheck?: { readonly test: string[] };
  readonly depends_on?: Record<string, { readonly condition: string }>;
  readonly stop_grace_period?: string;
  readonly deploy: {
    readonly replicas?: string;
    readonly resources: { readonly limits: { readonly cpus: string; readonly memory: string } };
  };
}

export interface ComposeFile extends Mapping {
  readonly services: Record<string, ComposeService>;
  readonly networks: Record<string, Mapping | null>;
  readonly volumes: Record<string, Mapping | null>;
}

/** docker-compose.yml as it is written, with its variables in place. */
export function composeFile(): ComposeFile {
  return yamlOf<ComposeFile>('docker-compose.yml')[0];
}

/** A variable in docker-compose.yml: `${NAME}`, `${NAME:-default}` or `${NAME:?message}`. */
const VARIABLE = /(?<!\$)\$\{(\w+)(?::([-?])([^}]*))?\}/g;

/** The names of the variables that have to be set. */
export function requiredVariables(text: string): string[] {
  return [...new Set([...text.matchAll(VARIABLE)].filter(([, , kind]) => kind === '?').map(([, name]) => name ?? ''))];
}

/** Puts variables in, as `docker compose` does. @throws where one that has to be set is not */
export function interpolated(text: string, variables: Readonly<Record<string, string>>): string {
  const put = text.replace(VARIABLE, (_all, name: string, kind?: string, rest?: string) => {
    const value = variables[name] ?? '';
    if (value !== '') return value;
    if (kind === '-') return rest ?? '';
    throw new Error(`${name} is not set: ${rest ?? ''}`);
  });
  return put.replaceAll('$$', '$');
}

/** The environment of a service's processes. */
export function environmentOf(service: string, variables: Readonly<Record<string, string>>): Record<string, string> {
  const { environment = {} } = composeFile().services[service] ?? {};
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, interpolated(value, variables)]));
}

/** Where docker-compose.yml has the key that Prometheus scrapes with. */
export const METRICS_KEY = './.secrets/metrics-key';

/** What docker/make-env.sh leaves behind. */
export interface MadeEnv {
  readonly code: number;
  readonly output: string;
  readonly variables: Record<string, string>;
  /** Of the whole file; empty where there is none. */
  readonly text: string;
  /** Of the file, such as 0o600. */
  readonly mode: number;
  /** The file at METRICS_KEY; undefined where there is none. */
  readonly metricsKey: { readonly text: string; readonly mode: number; readonly folderMode: number } | undefined;
}

/**
 * Runs docker/make-env.sh so many times in a folder of its own, with the arguments given; the last run is told of. What happens in the
 * folder before that is up to the caller.
 */
export function makeEnv(parameters: readonly string[], times = 1, beforeLast = (_folder: string): void => {}): MadeEnv {
  const folder = mkdtempSync(join(tmpdir(), 'whence-env-'));
  try {
    cpSync(join(ROOT, 'docker/make-env.sh'), join(folder, 'docker/make-env.sh'));
    const before = times > 1 ? makeIn(folder, parameters).variables : undefined;
    beforeLast(folder);
    const made = makeIn(folder, parameters);
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(made.variables))
      throw new Error('.env has changed');
    return made;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function makeIn(folder: string, parameters: readonly string[]): MadeEnv {
  const script = join(folder, 'docker/make-env.sh');
  // Both of its outputs come back in one.
  const output = execFileSync('sh', ['-c', 'sh "$0" "$@" 2>&1; echo "exit $?"', script, ...parameters]).toString();
  const [, said = '', code = ''] = /^([\s\S]*?)exit (\d+)\n$/.exec(output) ?? [];
  const file = join(folder, '.env');
  const exists = statSync(file, { throwIfNoEntry: false });
  const text = exists === undefined ? '' : readFileSync(file, 'utf8');
  return {
    code: Number(code),
    output: said,
    variables: unquoted(variablesOf(text)),
    text,
    mode: (exists?.mode ?? 0) & 0o777,
    metricsKey: metricsKeyIn(folder),
  };
}

function metricsKeyIn(folder: string): MadeEnv['metricsKey'] {
  const file = join(folder, METRICS_KEY);
  if (!existsSync(file)) return undefined;
  const modeOf = (path: string) => statSync(path).mode & 0o777;
  return { text: readFileSync(file, 'utf8'), mode: modeOf(file), folderMode: modeOf(dirname(file)) };
}

function unquoted(variables: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, value.replace(/^'(.*)'$/, '$1')]));
}
