import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThanOrEqual, MoreThan, type Repository } from 'typeorm';
import { Clock, upsertOf, type WriteInTurn, writesInTurnTo } from '#libs/platform';
import { RetryPositionEntity } from './retry-position.entity.js';

/** A repeat after this time is a new request: there may be new events before the position. */
const KEPT_MS = 3_600_000;

/** How far a retry got. */
export type RetryPosition = Pick<RetryPositionEntity, 'position' | 'keys' | 'lookups'>;

/** Where unfinished retries go on when they are asked for again, by any process. */
@Injectable()
export class RetryPositions {
  private readonly write: WriteInTurn;

  constructor(
    @InjectRepository(RetryPositionEntity) private readonly rows: Repository<RetryPositionEntity>,
    private readonly clock: Clock,
  ) {
    this.write = writesInTurnTo(rows.manager.dataSource);
  }

  /** The beginning, where nothing is kept. */
  async find(request: string): Promise<RetryPosition> {
    const savedAtMs = MoreThan(this.clock.nowMs() - KEPT_MS);
    return (await this.rows.findOneBy({ request, savedAtMs })) ?? { position: '', keys: 0, lookups: 0 };
  }

  async save(request: string, { position, keys, lookups }: RetryPosition): Promise<void> {
    const row = { request, position, keys, lookups, savedAtMs: this.clock.nowMs() };
    await this.write(() => upsertOf(this.rows, row).getQueryAndParameters());
  }

  /** Forgets those that nobody goes on from any more: they name keys. */
  async forgetOld(): Promise<void> {
    const savedAtMs = LessThanOrEqual(this.clock.nowMs() - KEPT_MS);
    const removal = this.rows.createQueryBuilder().delete().where({ savedAtMs });
    await this.write(() => removal.getQueryAndParameters());
  }

  async forget(request: string): Promise<void> {
    const removal = this.rows.createQueryBuilder().delete().where({ request });
    await this.write(() => removal.getQueryAndParameters());
  }
}
