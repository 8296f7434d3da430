import { Column, Entity, PrimaryColumn } from 'typeorm';
import { epochMs } from '#libs/platform';
import type { LookupFailureCode, LookupOutcome } from '../domain/location.js';

/** What is known about one lookup key, until it expires. A failure expires when it is worth another try. */
@Entity({ name: 'location', withoutRowid: true })
export class LocationEntity {
  @PrimaryColumn({ name: 'lookup_key', type: 'varchar', length: 64 })
  lookupKey: string;

  @Column({ type: 'varchar', length: 16 })
  kind: LookupOutcome['kind'];

  @Column({ name: 'country_code', type: 'varchar', length: 2, nullable: true })
  countryCode: string | null;

  @Column({ type: 'varchar', length: 200, nullable: true })
  country: string | null;

  @Column({ type: 'varchar', length: 200, nullable: true })
  region: string | null;

  @Column({ type: 'varchar', length: 200, nullable: true })
  city: string | null;

  @Column({ type: 'double', nullable: true })
  latitude: number | null;

  @Column({ type: 'double', nullable: true })
  longitude: number | null;

  @Column({ type: 'varchar', length: 200, nullable: true })
  timezone: string | null;

  @Column({ type: 'varchar', length: 32, nullable: true })
  source: string | null;

  @Column({ name: 'looked_up_at', type: 'bigint', transformer: epochMs })
  lookedUpAtMs: number;

  @Column({ name: 'expires_at', type: 'bigint', transformer: epochMs })
  expiresAtMs: number;

  @Column({ name: 'failure_code', type: 'varchar', length: 32, nullable: true })
  failureCode: LookupFailureCode | null;

  @Column({ name: 'failed_attempts', type: 'int', nullable: true })
  failedAttempts: number | null;

  @Column({ name: 'next_attempt_at', type: 'bigint', nullable: true, transformer: epochMs })
  nextAttemptAtMs: number | null;
}
