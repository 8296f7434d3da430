import { parseArgs } from 'node:util';
import { openDataSource, type Settings } from '#libs/platform';
import { DATABASE_SCHEMA } from './database-schema.js';

/** It is run where nothing ends it: whoever has to be waited for is. */
const PATIENCE = {
  lockAttempts: Infinity,
  onWait: (reason: string) => console.error(`Waiting: ${reason}.`),
};

/** `migrate`: brings the database's schema up to date, as every process does when it starts, but waits for others without a limit. */
export const migrateDatabase = {
  usage: 'migrate',
  read(parameters: string[]) {
    parseArgs({ args: parameters, options: {} });
    return async (settings: Settings): Promise<string> => {
      const dataSource = await openDataSource(settings.database, DATABASE_SCHEMA, PATIENCE);
      await dataSource.destroy();
      return `The database is up to date: it has had all ${dataSource.migrations.length} migrations.`;
    };
  },
};
