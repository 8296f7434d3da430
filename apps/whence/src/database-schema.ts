import { CreateEvent1764000000001, EventEntity } from '#libs/events';
import { CreateLocation1764000000000, LocationEntity } from '#libs/geolocation';
import type { DatabaseSchema } from '#libs/platform';

/** The entities and migrations of all features. */
export const DATABASE_SCHEMA: DatabaseSchema = {
  entities: [LocationEntity, EventEntity],
  migrations: [CreateLocation1764000000000, CreateEvent1764000000001],
};
