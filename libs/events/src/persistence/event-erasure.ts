import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Between, In, LessThan, type Repository, type FindOptionsWhere } from 'typeorm';
import type { AddressRange } from '#libs/geolocation';
import { rowsInOneWrite, type WriteInTurn, writesInTurnTo } from '#libs/platform';
import { EventEntity } from './event.entity.js';
import { firstTaskIdAt } from './task-id-range.js';

type ErasedEvent = Pick<EventEntity, 'taskId' | 'lookupKey'>;

/** Removes events from SQL, in parts that let submissions pass in between. */
@Injectable()
export class EventErasure {
  private readonly write: WriteInTurn;
  private readonly atOnce: number;

  constructor(@InjectRepository(EventEntity) private readonly rows: Repository<EventEntity>) {
    const { dataSource } = rows.manager;
    this.write = writesInTurnTo(dataSource);
    this.atOnce = rowsInOneWrite(dataSource);
  }

  /** @returns its lookup key, which may be none; undefined where there was no such event */
  async eraseOne(taskId: string): Promise<string | null | undefined> {
    const [event] = await this.some({ taskId });
    return event !== undefined && (await this.erase([event])) > 0 ? event.lookupKey : undefined;
  }

  /**
   * Erases the events that came from these addresses, also those that are stored meanwhile.
   * @param deadlineMs by `performance.now()`: how long to go on
   * @param onErased told of each part the different lookup keys that its events had, and waited for
   * @returns how many there were, and whether none is left
   */
  async eraseFrom(
    { from, to }: AddressRange,
    deadlineMs: number,
    onErased: (lookupKeys: readonly string[]) => Promise<void>,
  ): Promise<{ erased: number; isDone: boolean }> {
    const where = { sourceIpOrder: Between(from, to) };
    for (let erased = 0; ;) {
      const events = await this.some(where);
      erased += await this.erase(events);
      await onErased([...new Set(events.flatMap(({ lookupKey }) => lookupKey ?? []))]);
      if (events.length < this.atOnce) return { erased, isDone: true };
      if (performance.now() > deadlineMs) return { erased, isDone: false };
      await nextTurn();
    }
  }

  /** Erases a part of the events that were received before the time. @returns how many: none where there is no more */
  async eraseReceivedBefore(timeMs: number): Promise<number> {
    return this.erase(await this.some({ taskId: LessThan(firstTaskIdAt(timeMs)), receivedAtMs: LessThan(timeMs) }));
  }

  private some(where: FindOptionsWhere<EventEntity>): Promise<ErasedEvent[]> {
    return this.rows.find({ select: { taskId: true, lookupKey: true }, where, take: this.atOnce });
  }

  private async erase(events: readonly ErasedEvent[]): Promise<number> {
    if (events.length === 0) return 0;
    const removal = this.rows
      .createQueryBuilder()
      .delete()
      .where({ taskId: In(events.map(({ taskId }) => taskId)) });
    return this.write(() => removal.getQueryAndParameters());
  }
}
