import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { findProgram } from './find-program.js';

const PACKAGE_OF_PROGRAM = {
  mariadbd: 'mariadb-server',
  'mariadb-install-db': 'mariadb-server',
  'redis-server': 'redis-server',
  wrk: 'wrk',
  faketime: 'faketime',
  nginx: 'nginx-light',
  chromium: 'chromium',
  curl: 'curl',
  promtool: 'prometheus',
  prometheus: 'prometheus',
  openssl: 'openssl',
  'docker-compose': 'docker-compose',
} as const;

/** Debian asks this script whether a freshly installed service may start; 101 means no. */
const SERVICE_POLICY = '/usr/sbin/policy-rc.d';

export type RequiredProgram = keyof typeof PACKAGE_OF_PROGRAM;

/** The servers that tests and benchmarks run privately. */
export const SERVER_PROGRAMS: readonly RequiredProgram[] = ['mariadbd', 'mariadb-install-db', 'redis-server'];

/** What the tests run; the benchmarks have needs of their own. */
export const TEST_PROGRAMS: readonly RequiredProgram[] = [
  ...SERVER_PROGRAMS,
  'nginx',
  'faketime',
  'chromium',
  'curl',
  'promtool',
  'prometheus',
  'openssl',
  'docker-compose',
];

/**
 * Makes sure that the programs needed are installed: root on a Debian-like machine gets them from apt (the servers in
 * about 30 s, no service is started), everyone else an error with the line that installs them. Tests are never skipped
 * for want of a server: a suite that is green because it ran nothing is worse than a red one.
 */
export function ensureRequiredPrograms(needed: readonly RequiredProgram[]): void {
  const missing = missingOf(needed);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((name) => PACKAGE_OF_PROGRAM[name]))];
  const remedy = `apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (process.getuid?.() !== 0 || findProgram('apt-get') === undefined) {
    throw new Error(`Not found: ${missing.join(', ')}. To install: ${remedy} (as root)`);
  }
  console.log(`[services] ${missing.join(', ')} not found: ${remedy}`);
  withoutStartingServices(() => installPackages(packages));
  const stillMissing = missingOf(needed);
  if (stillMissing.length > 0) throw new Error(`Installed ${packages.join(', ')}, but found no ${stillMissing.join()}`);
}

/** The full path of a required program; throws when it is not installed. */
export function requiredProgram(name: RequiredProgram): string {
  const path = findProgram(name);
  if (path === undefined) throw new Error(`${name} is not installed (package ${PACKAGE_OF_PROGRAM[name]})`);
  return path;
}

function missingOf(needed: readonly RequiredProgram[]): RequiredProgram[] {
  return needed.filter((name) => findProgram(name) === undefined);
}

function installPackages(packages: string[]): void {
  const startedAt = performance.now();
  runApt(['update', '-qq']);
  console.log(`[services] installing ${packages.join(' ')}`);
  runApt(['install', '-y', '-qq', '-o=Dpkg::Use-Pty=0', '--no-install-recommends', ...packages]);
  console.log(`[services] installed in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}

function runApt(args: string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync('apt-get', args, { stdio: ['ignore', 'inherit', 'inherit'], env });
}

/** On a machine with systemd the packages would start servers on the default ports; a policy in place stays as it is. */
function withoutStartingServices(install: () => void): void {
  if (existsSync(SERVICE_POLICY)) return install();
  writeFileSync(SERVICE_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    install();
  } finally {
    rmSync(SERVICE_POLICY);
  }
}
