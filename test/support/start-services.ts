import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestProject } from 'vitest/node';
import { makeMariaDbTemplate } from './mariadb-template.js';
import { MariaDbServer } from './mariadb-server.js';
import './provided-context.js';
import { RedisServer } from './redis-server.js';
import { ensureRequiredPrograms, TEST_PROGRAMS } from './required-programs.js';

/**
 * Vitest's global set-up of the `services` project: one private MariaDB and one private Redis for the whole run, whose
 * urls the tests `inject`. Returns the tear-down. Should the run crash instead, the servers end with it (TiedProcess).
 */
export default async function startServices(project: TestProject): Promise<() => Promise<void>> {
  ensureRequiredPrograms(TEST_PROGRAMS);
  const runFolder = await mkdtemp(join(tmpdir(), 'whence-run-'));
  const mariaDbTemplateFolder = join(runFolder, 'mariadb-template');
  await timed('MariaDB template', () => makeMariaDbTemplate(mariaDbTemplateFolder));
  const mariaDb = await timed('MariaDB', () => MariaDbServer.start(mariaDbTemplateFolder));
  const redis = await timed('Redis', () => RedisServer.start());
  project.provide('runFolder', runFolder);
  project.provide('mariaDbTemplateFolder', mariaDbTemplateFolder);
  project.provide('mariaDbUrl', mariaDb.url);
  project.provide('redisUrl', redis.url);
  let isStopping = false;
  // Every test that follows would only say that it cannot be reached.
  void mariaDb.ended().then((end) => isStopping || console.error(`[services] MariaDB has ended by itself: ${end}`));
  return async () => {
    isStopping = true;
    await Promise.all([mariaDb.stop(), redis.stop()]);
    await rm(runFolder, { recursive: true, force: true });
  };
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await work();
  console.log(`[services] ${what} ready in ${Math.round(performance.now() - startedAt)} ms`);
  return result;
}
