import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Between, In, LessThan, type Repository, type FindOptionsWhere } from 'typeorm';
import type { AddressRange } from '#libs/geolocation';
import { rowsInOneWrite, type WriteInTurn, writesInTurnTo } from '#libs/platform';
import { EventEntity } from './event.entity.js';
import { firstTaskIdAt } from './task-id-range.js';

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

  /** @returns whether there was one */
  async eraseOne(taskId: string): Promise<boolean> {
    return (await this.erase([taskId])) > 0;
  }

  /**
   * Erases the events that came from these addresses, also those that are stored meanwhile.
   * @param deadlineMs by `performance.now()`: how long to go on
   * @returns how many there were, and whether none is left
   */
  async eraseFrom({ from, to }: AddressRange, deadlineMs: number): Promise<{ erased: number; isDone: boolean }> {
    return this.eraseAll({ sourceIpOrder: Between(from, to) }, deadlineMs);
  }

  /** Erases a part of the events that were received before the time. @returns how many: none where there is no more */
  async eraseReceivedBefore(timeMs: number): Promise<number> {
    return this.erase(await this.some({ taskId: LessThan(firstTaskIdAt(timeMs)), receivedAtMs: LessThan(timeMs) }));
  }

  private async eraseAll(where: FindOptionsWhere<EventEntity>, deadlineMs: number) {
    for (let erased = 0; ;) {
      const taskIds = await this.some(where);
      erased += await this.erase(taskIds);
      if (taskIds.length < this.atOnce) return { erased, isDone: true };
      if (performance.now() > deadlineMs) return { erased, isDone: false };
      await nextTurn();
    }
  }

  private async some(where: FindOptionsWhere<EventEntity>): Promise<string[]> {
    const rows = await this.rows.find({ select: { taskId: true }, where, take: this.atOnce });
    return rows.map(({ taskId }) => taskId);
  }

  private async erase(taskIds: readonly string[]): Promise<number> {
    if (taskIds.length === 0) return 0;
    const removal = this.rows
      .createQueryBuilder()
      .delete()
      .where({ taskId: In(taskIds) });
    return this.write(() => removal.getQueryAndParameters());
  }
}
