import { ApiKeyEntity, CreateApiKey1764800000001 } from '#libs/access';
import {
  AddNextAttempt1764100000000,
  AddSettledAt1764600000000,
  AddApiKeyId1764800000002,
  AddStoredLate1764700000000,
  AllowNoAddress1764900000000,
  CreateEvent1764000000001,
  CreateReplacement1764100000001,
  CreateReservation1764200000000,
  CreateRetryPosition1764300000001,
  EventEntity,
  ReplacementEntity,
  ReservationEntity,
  RetryPositionEntity,
  ScopeReplacements1764300000000,
} from '#libs/events';
import { AddFailedLookup1764300000002, CreateLocation1764000000000, LocationEntity } from '#libs/geolocation';
import { AuditEntryEntity, CreateAuditEntry1764800000000, type DatabaseSchema } from '#libs/platform';

/** The entities and migrations of all features. */
export const DATABASE_SCHEMA: DatabaseSchema = {
  entities: [
    ApiKeyEntity,
    AuditEntryEntity,
    LocationEntity,
    EventEntity,
    ReplacementEntity,
    ReservationEntity,
    RetryPositionEntity,
  ],
  migrations: [
    CreateLocation1764000000000,
    CreateEvent1764000000001,
    AddNextAttempt1764100000000,
    CreateReplacement1764100000001,
    CreateReservation1764200000000,
    ScopeReplacements1764300000000,
    CreateRetryPosition1764300000001,
    AddFailedLookup1764300000002,
    AddSettledAt1764600000000,
    AddStoredLate1764700000000,
    CreateAuditEntry1764800000000,
    CreateApiKey1764800000001,
    AddApiKeyId1764800000002,
    AllowNoAddress1764900000000,
  ],
};
