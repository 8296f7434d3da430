import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Between, In, LessThan, type Repository, type FindOptionsWhere } from 'typeorm';
import type { AddressRange } from '#libs/geolocation';
import { rowsInOneWrite, type WriteInTurn, writesInTurnTo } from '#libs/platform';
import { EventEntity } from './event.entity.js';
import { firstTaskIdAt } from './task-id-range.js';

type ErasedEvent = Pick<EventEntity, 'taskId' | 'lookupKey'>;

/** Events that are erased in one statement. */
export interface ErasedPart {
  readonly taskIds: readonly string[];
  /** Different ones; empty where the events had none. */
  readonly lookupKeys: readonly string[];
}

/** What is done around each part, and waited for. Where it fails, so does the erasure, and no further part is erased. */
export interface AroundErasure {
  readonly before: (part: ErasedPart) => Promise<void>;
  /** @param erased how many of the events there were still */
  readonly after: (part: ErasedPart, erased: number) => Promise<void>;
}

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

  /** Erases the event, where it is there. */
  async eraseOne(taskId: string, around: AroundErasure): Promise<void> {
    await this.erasePart(await this.some({ taskId }), around);
  }

  /**
   * Erases the events that came from these addresses, also those that are stored meanwhile.
   * @param deadlineMs by `performance.now()`: how long to go on
   * @returns whether none is left
   */
  async eraseFrom({ from, to }: AddressRange, deadlineMs: number, around: AroundErasure): Promise<boolean> {
    const where = { sourceIpOrder: Between(from, to) };
    for (;;) {
      const events = await this.some(where);
      await this.erasePart(events, around);
      if (events.length < this.atOnce) return true;
      if (performance.now() > deadlineMs) return false;
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

  private async erasePart(events: readonly ErasedEvent[], { before, after }: AroundErasure): Promise<void> {
    if (events.length === 0) return;
    const part = {
      taskIds: events.map(({ taskId }) => taskId),
      lookupKeys: [...new Set(events.flatMap(({ lookupKey }) => lookupKey ?? []))],
    };
    await before(part);
    await after(part, await this.erase(events));
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
