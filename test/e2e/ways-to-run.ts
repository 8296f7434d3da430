import { freshDatabaseUrl } from '../support/fresh-database.js';
import { freshRedisUrl } from '../support/fresh-redis.js';

/** The two ways to run the service, as the settings that make the difference. */
export const WAYS_TO_RUN = ['embedded', 'production'] as const;

export type WayToRun = (typeof WAYS_TO_RUN)[number];

/** Settings for stores of this test's own. Give them to a second process and it finds what the first one stored. */
export async function storeSettings(way: WayToRun): Promise<Record<string, string>> {
  if (way === 'embedded') return { DATABASE_URL: await freshDatabaseUrl('sqlite') };
  return { DATABASE_URL: await freshDatabaseUrl('mariadb'), REDIS_URL: await freshRedisUrl() };
}
