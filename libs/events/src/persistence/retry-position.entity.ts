import { Column, Entity, PrimaryColumn } from 'typeorm';
import { epochMs } from '#libs/platform';

/** How far a retry got that took too long for one request, so that a repeat goes on from there. */
@Entity({ name: 'location_retry', withoutRowid: true })
export class RetryPositionEntity {
  /** What was asked for, as text. */
  @PrimaryColumn({ type: 'varchar', length: 200 })
  request: string;

  /** A key or a task id. */
  @Column({ type: 'varchar', length: 64 })
  position: string;

  /** Found so far. */
  @Column({ name: 'found_keys', type: 'int' })
  keys: number;

  @Column({ type: 'int' })
  lookups: number;

  @Column({ name: 'saved_at', type: 'bigint', transformer: epochMs })
  savedAtMs: number;
}
