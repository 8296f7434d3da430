// Opens the database of argv[2] as a starting service does, and says what it finds. It runs what was built into dist/.
import { Logger } from '@nestjs/common';
import { loadSettings, openDataSource } from '#libs/platform';
import { DATABASE_SCHEMA } from '../../dist/apps/whence/src/database-schema.js';

Logger.overrideLogger(false);
const dataSource = await openDataSource(loadSettings({ DATABASE_URL: process.argv[2] }).database, DATABASE_SCHEMA);
const [{ count }] = await dataSource.query('SELECT COUNT(*) AS count FROM migrations');
console.log(`found ${count} migrations`);
await dataSource.destroy();
