import {
  EventEntity,
  ReplacementEntity,
  ReplacementRepository,
  retryFilterFrom,
  RetryLocationsDto,
  RetryKeys,
  RetryLocationsService,
  RetryPositionEntity,
  RetryPositions,
} from '#libs/events';
import { AddressRetention, LocationCache, LocationEntity } from '#libs/geolocation';
import { checkBody, openDataSource, type Settings, SystemClock } from '#libs/platform';
import { DATABASE_SCHEMA } from './database-schema.js';
import { requireDatabase } from './existing-database.js';
import { readArguments } from './read-arguments.js';

const OPTIONS = {
  'location-status': { type: 'string' },
  'country-code': { type: 'string' },
  'looked-up-before': { type: 'string' },
  'received-from': { type: 'string' },
  'received-to': { type: 'string' },
  'dry-run': { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

/**
 * `locations retry`: the same as POST /location/retry/, straight to the database. The running service finds what was asked
 * for within half a minute.
 */
export const retryLocations = {
  usage:
    'locations retry [--location-status failed|located|unlocatable] [--country-code GB] [--looked-up-before TIME] ' +
    '[--received-from TIME] [--received-to TIME] [--dry-run] [--json]',
  read(parameters: string[]) {
    const { values } = readArguments({ args: parameters, options: OPTIONS });
    const body = checkBody(RetryLocationsDto, {
      location_status: values['location-status'],
      country_code: values['country-code'],
      looked_up_before: values['looked-up-before'],
      received_from: values['received-from'],
      received_to: values['received-to'],
      dry_run: values['dry-run'] ?? false,
    });
    return (settings: Settings) => run(settings, body, values.json ?? false);
  },
};

async function run(settings: Settings, body: RetryLocationsDto, asJson: boolean): Promise<string> {
  requireDatabase(settings.database);
  const clock = new SystemClock();
  const dataSource = await openDataSource(settings.database, DATABASE_SCHEMA);
  try {
    const service = new RetryLocationsService(
      new RetryKeys(dataSource.getRepository(EventEntity)),
      new RetryPositions(dataSource.getRepository(RetryPositionEntity), clock),
      new ReplacementRepository(dataSource.getRepository(ReplacementEntity)),
      new LocationCache(dataSource.getRepository(LocationEntity), clock, settings, new AddressRetention(settings)),
      clock,
      settings,
    );
    const filter = retryFilterFrom(body, clock.nowMs());
    const isDryRun = body.dry_run === true;
    const { keys, lookups, estimatedSeconds } = await service.retry(filter, { isDryRun });
    if (asJson) return JSON.stringify({ keys, lookups, estimated_seconds: estimatedSeconds, dry_run: isDryRun });
    const verb = isDryRun ? 'would be' : 'will be';
    return `${keys} keys, of which ${lookups} ${verb} looked up: ${estimatedSeconds} s at the present budget.`;
  } finally {
    await dataSource.destroy();
  }
}
