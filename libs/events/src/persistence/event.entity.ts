import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMs } from '#libs/platform';
import type { LocationErrorCode, LocationStatus } from '../domain/event.js';

/**
 * One accepted event with its location. The location is kept in the row itself, not joined: what the listing filters by
 * is then served by one index each, in the order of the primary key, which is the order of time.
 */
@Entity({ name: 'event', withoutRowid: true })
@Index('event_by_waiting_key', ['locationStatus', 'lookupKey'])
@Index('event_by_location_status', ['locationStatus', 'taskId'])
@Index('event_by_city', ['city', 'taskId'])
@Index('event_by_source_ip', ['sourceIpOrder', 'taskId'])
@Index('event_by_country_code', ['countryCode', 'taskId'])
@Index('event_by_name', ['name', 'taskId'])
@Index('event_by_status_code', ['statusCode', 'taskId'])
// On SQLite without the events that never had an outcome; MySQL knows no such index.
@Index('event_by_settled_at', ['settledAtMs', 'taskId'], { where: 'settled_at IS NOT NULL' })
export class EventEntity {
  @PrimaryColumn({ name: 'task_id', type: 'varchar', length: 36 })
  taskId: string;

  @Column({ name: 'received_at', type: 'bigint', transformer: epochMs })
  receivedAtMs: number;

  @Column({ name: 'occurred_at', type: 'bigint', nullable: true, transformer: epochMs })
  occurredAtMs: number | null;

  @Column({ type: 'varchar', length: 120, nullable: true })
  name: string | null;

  @Column({ name: 'status_code', type: 'int', nullable: true })
  statusCode: number | null;

  /** JSON text; null for none. Text, not JSON: MySQL would reorder keys and reformat numbers. */
  @Column({ type: 'text', nullable: true })
  attributes: string | null;

  /** What is kept of the address; null for nothing. */
  @Column({ name: 'source_ip', type: 'varchar', length: 45, nullable: true })
  sourceIp: string | null;

  /** The same as text in the order of addresses, so that a range of them is a range of texts. */
  @Column({ name: 'source_ip_order', type: 'varchar', length: 33, nullable: true })
  sourceIpOrder: string | null;

  @Column({ name: 'lookup_key', type: 'varchar', length: 64, nullable: true })
  lookupKey: string | null;

  @Column({ name: 'location_status', type: 'varchar', length: 16 })
  locationStatus: LocationStatus;

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

  @Column({ name: 'location_source', type: 'varchar', length: 32, nullable: true })
  locationSource: string | null;

  @Column({ name: 'looked_up_at', type: 'bigint', nullable: true, transformer: epochMs })
  lookedUpAtMs: number | null;

  @Column({ name: 'location_error', type: 'varchar', length: 32, nullable: true })
  locationError: LocationErrorCode | null;

  @Column({ name: 'lookup_attempts', type: 'int', nullable: true })
  lookupAttempts: number | null;

  @Column({ name: 'next_attempt_at', type: 'bigint', nullable: true, transformer: epochMs })
  nextAttemptAtMs: number | null;

  /**
   * When the location, or the reason why there is none, was last written to an event that was stored before, or else when
   * an event was stored late; null where neither was. For a location it is read when the write's turn has come, which may
   * take a while then; for an insert when that is asked for.
   */
  @Column({ name: 'settled_at', type: 'bigint', nullable: true, transformer: epochMs })
  settledAtMs: number | null;

  /** When an event was stored late, as under an id that had been reserved before; null where it was stored in time. */
  @Column({ name: 'stored_late_at', type: 'bigint', nullable: true, transformer: epochMs })
  storedLateAtMs: number | null;

  /** Of the API key that the event was submitted with; null where none was required. */
  @Column({ name: 'api_key_id', type: 'varchar', length: 12, nullable: true })
  apiKeyId: string | null;
}
