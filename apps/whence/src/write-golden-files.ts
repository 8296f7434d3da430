import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import { dataSourceOptions, loadSettings, renderEnvExample } from '#libs/platform';
import { AppModule } from './app.module.js';
import { createHttpAdapter } from './configure-app.js';
import { DATABASE_SCHEMA } from './database-schema.js';
import { openApiDocument } from './openapi-document.js';

/** The files that are generated from the code and committed, so that a change of the contract shows in its diff. */
async function goldenFiles(): Promise<Record<string, string>> {
  const settings = loadSettings({ DATABASE_URL: 'sqlite::memory:' });
  const module = AppModule.register({ settings, geoIpUrl: '' });
  const app = await NestFactory.create<NestFastifyApplication>(module, createHttpAdapter(), {
    preview: true,
    logger: false,
    abortOnError: false,
  });
  return {
    'openapi.json': JSON.stringify(openApiDocument(app), null, 2) + '\n',
    '.env.example': renderEnvExample(),
  };
}

/** SQL that would still have to run for the tables to fit the entities; empty when every change has its migration. */
async function pendingSchemaChanges(): Promise<string[]> {
  const dataSource = new DataSource(dataSourceOptions({ kind: 'sqlite', path: ':memory:' }, DATABASE_SCHEMA));
  await dataSource.initialize();
  await dataSource.runMigrations({ transaction: 'each' });
  const changes = await dataSource.driver.createSchemaBuilder().log();
  await dataSource.destroy();
  return changes.upQueries.map((query) => query.query);
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const isCheck = process.argv.includes('--check');
const faults = (await pendingSchemaChanges()).map((sql) => `no migration for: ${sql}`);
for (const [path, text] of Object.entries(await goldenFiles())) {
  if (!isCheck) writeFileSync(path, text);
  else if (readOrEmpty(path) !== text) faults.push(`${path} is out of date: run "npm run golden" and commit it`);
}
for (const fault of faults) console.error(fault);
process.exit(faults.length === 0 ? 0 : 1);
