import { Column, Entity, PrimaryColumn } from 'typeorm';
import { epochMs } from '#libs/platform';

/** Why the locations of a key's events are to be replaced: somebody asked again, or they come from the local database. */
export type ReplacementReason = 'retry' | 'fallback';

/**
 * A key whose events get the outcome of its next lookup, also those that have a location already. It lasts until that
 * lookup is done, so that nothing that was asked for is lost with a queue.
 */
@Entity({ name: 'location_replacement', withoutRowid: true })
export class ReplacementEntity {
  @PrimaryColumn({ name: 'lookup_key', type: 'varchar', length: 64 })
  lookupKey: string;

  @PrimaryColumn({ type: 'varchar', length: 16 })
  reason: ReplacementReason;

  /** Which events are meant, in a word: a key may have several replacements that mean different ones. */
  @PrimaryColumn({ type: 'varchar', length: 64 })
  scope: string;

  /** Grows whenever it is asked for anew. */
  @Column({ type: 'int' })
  version: number;

  /** An address of the key, to ask about. */
  @Column({ type: 'varchar', length: 45 })
  address: string;

  /** Which events are meant besides those that wait: located or unlocatable; null for none. */
  @Column({ name: 'location_status', type: 'varchar', length: 16, nullable: true })
  locationStatus: 'located' | 'unlocatable' | null;

  /** Located events are meant that were looked up before this; an outcome from before it is not what is asked for. */
  @Column({ name: 'looked_up_before', type: 'bigint', transformer: epochMs })
  lookedUpBeforeMs: number;

  /** Null for any time. */
  @Column({ name: 'received_from', type: 'bigint', nullable: true, transformer: epochMs })
  receivedFromMs: number | null;

  @Column({ name: 'received_to', type: 'bigint', nullable: true, transformer: epochMs })
  receivedToMs: number | null;

  /** How many events are meant, for the order of the lookups. */
  @Column({ type: 'int' })
  events: number;

  @Column({ type: 'int' })
  attempts: number;

  @Column({ name: 'next_attempt_at', type: 'bigint', transformer: epochMs })
  nextAttemptAtMs: number;
}

/** A replacement that somebody asks for. */
export type NewReplacement = Omit<ReplacementEntity, 'scope' | 'version'>;
