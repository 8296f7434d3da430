import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMs } from '#libs/platform';

/**
 * How far a reservation is. `reserved`: one request writes its events. `shared`: repeats do so as well. `released`: none
 * does, and nothing is stored. `completed`: the events are stored, and stay so for the key even when they are erased.
 */
export type ReservationState = 'reserved' | 'shared' | 'released' | 'completed';

/** An Idempotency-Key in use, and the task ids that every request with it and its body answers. */
@Entity({ name: 'idempotency_reservation', withoutRowid: true })
@Index('idempotency_reservation_by_created_at', ['createdAtMs'])
export class ReservationEntity {
  /** Of scope, path and key, so that keys of any length and secrecy are kept alike. */
  @PrimaryColumn({ name: 'key_hash', type: 'varchar', length: 64 })
  keyHash: string;

  @Column({ name: 'body_hash', type: 'varchar', length: 64 })
  bodyHash: string;

  /** The ids of a batch follow from the first. New with each body and each time a key begins anew. */
  @Column({ name: 'first_task_id', type: 'varchar', length: 36 })
  firstTaskId: string;

  @Column({ type: 'varchar', length: 16 })
  state: ReservationState;

  /** When a request last said that it is about to write the events. */
  @Column({ name: 'touched_at', type: 'bigint', transformer: epochMs })
  touchedAtMs: number;

  @Column({ name: 'created_at', type: 'bigint', transformer: epochMs })
  createdAtMs: number;
}
