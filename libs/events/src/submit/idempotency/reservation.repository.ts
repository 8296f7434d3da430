import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, LessThan, Not, type Repository } from 'typeorm';
import {
  type BulkInsert,
  bulkInsertInto,
  writeBuilt,
  type WriteInTurn,
  type WriteStatement,
  writesInTurnTo,
  writesTo,
} from '#libs/platform';
import { ReservationEntity, type ReservationState } from './reservation.entity.js';

/** Which reservation is meant: another body, or a key that begins anew, has another first task id. */
export type ReservationId = Pick<ReservationEntity, 'keyHash' | 'firstTaskId'>;

const TABLE = 'idempotency_reservation';
const COLUMNS = ['key_hash', 'body_hash', 'first_task_id', 'state', 'touched_at', 'created_at'];

const UNDER_WAY: ReservationState[] = ['reserved', 'shared'];

/**
 * Reservations in SQL, for any number of processes. Every write is one statement and says what it expects to find, so
 * none undoes what another process did in between.
 */
@Injectable()
export class ReservationRepository {
  private readonly bulkInsert: BulkInsert;
  private readonly write: WriteStatement;
  private readonly writeInTurn: WriteInTurn;

  constructor(@InjectRepository(ReservationEntity) private readonly rows: Repository<ReservationEntity>) {
    this.bulkInsert = bulkInsertInto(rows.manager.dataSource);
    this.write = writesTo(rows.manager.dataSource);
    this.writeInTurn = writesInTurnTo(rows.manager.dataSource);
  }

  /**
   * Keeps those whose key is not in use. Of several with one key the first counts.
   * @param beginsWithinMs how soon it has to begin on SQLite, if somebody waits for it
   */
  async insertIfAbsent(reservations: readonly ReservationEntity[], beginsWithinMs?: number): Promise<void> {
    // In one order: two statements with the same new keys would else wait for each other.
    const inOrder = [...reservations].sort((one, other) => (one.keyHash < other.keyHash ? -1 : 1));
    const rows = { table: TABLE, columns: COLUMNS, rows: inOrder.map(valuesOf), keepExistingBy: 'key_hash' };
    await this.bulkInsert(rows, beginsWithinMs);
  }

  async find(keyHashes: readonly string[]): Promise<Map<string, ReservationEntity>> {
    const rows = await this.rows.findBy({ keyHash: In([...new Set(keyHashes)]) });
    return new Map(rows.map((row) => [row.keyHash, row]));
  }

  /** Says that repeats are about to write the events as well: `release` has no effect any more. */
  async share(reservations: readonly ReservationId[], nowMs: number): Promise<void> {
    const update = this.rows
      .createQueryBuilder()
      .update()
      // Another process' clock may be ahead of this one's.
      .set({ state: 'shared', touchedAtMs: () => 'CASE WHEN touched_at < :nowMs THEN :nowMs ELSE touched_at END' })
      .where({ ...anyOf(reservations), state: In(UNDER_WAY) })
      .setParameter('nowMs', nowMs);
    await writeBuilt(this.write, update);
  }

  /** Puts another in its place, unless anybody has changed it since it was seen. @returns whether it did */
  async replace(seen: ReservationEntity, next: ReservationEntity): Promise<boolean> {
    const update = this.rows
      .createQueryBuilder()
      .update()
      .set(next)
      .where({ ...seen });
    return (await writeBuilt(this.write, update)) > 0;
  }

  /** Says that the events are stored. */
  async complete(reservations: readonly ReservationId[]): Promise<void> {
    const incomplete = { ...anyOf(reservations), state: Not('completed' as const) };
    const update = this.rows.createQueryBuilder().update().set({ state: 'completed' });
    await writeBuilt(this.write, update.where(incomplete));
  }

  /** Says that the events are not stored and nobody is writing them, unless repeats are about to. */
  async release(reservations: readonly ReservationId[]): Promise<void> {
    const reserved = { ...anyOf(reservations), state: 'reserved' as const };
    const update = this.rows.createQueryBuilder().update().set({ state: 'released' });
    await writeBuilt(this.write, update.where(reserved));
  }

  /** Forgets up to `limit` that are older. @returns how many there were */
  async purge(createdBeforeMs: number, limit: number): Promise<number> {
    const isOld = { createdAtMs: LessThan(createdBeforeMs) };
    const old = await this.rows.find({
      select: { keyHash: true },
      where: isOld,
      order: { createdAtMs: 'ASC' },
      take: limit,
    });
    if (old.length === 0) return 0;
    // Asked again: a key may have begun anew meanwhile.
    const stillOld = { ...isOld, keyHash: In(old.map(({ keyHash }) => keyHash)) };
    const removal = this.rows.createQueryBuilder().delete().where(stillOld);
    return this.writeInTurn(() => removal.getQueryAndParameters());
  }
}

function valuesOf(reservation: ReservationEntity) {
  const { keyHash, bodyHash, firstTaskId, state, touchedAtMs, createdAtMs } = reservation;
  return [keyHash, bodyHash, firstTaskId, state, touchedAtMs, createdAtMs];
}

/** First ids are never used twice, so keys and ids need not be paired. */
function anyOf(reservations: readonly ReservationId[]) {
  return {
    keyHash: In(reservations.map(({ keyHash }) => keyHash)),
    firstTaskId: In(reservations.map(({ firstTaskId }) => firstTaskId)),
  };
}
