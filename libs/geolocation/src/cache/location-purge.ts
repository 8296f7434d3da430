import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, LessThan, MoreThan, type Repository } from 'typeorm';
import { Clock, pause, RepeatedWork, rowsInOneWrite, Settings, type WriteInTurn, writesInTurnTo } from '#libs/platform';
import { LocationEntity } from './location.entity.js';

const EVERY_MS = 3_600_000;
/** Between two parts, for the statements of others. */
const PAUSE_MS = 20;
const READ_AT_ONCE = 500;
/** A key that has failed goes on counting where it left off, should an event come from it within that time. */
const FAILURES_KEPT_MS = 7 * 24 * 3_600_000;

/**
 * Erases locations that have expired, in every process that looks up: nobody reads them any more. It walks all keys in small
 * parts: a search by time would need an index of its own, for what can wait.
 */
@Injectable()
export class LocationPurge implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(LocationPurge.name);
  private readonly write: WriteInTurn;
  private readonly erasedAtOnce: number;
  private readonly repeated = new RepeatedWork((signal) => this.purge(signal), {
    everyMs: EVERY_MS,
    // Not with the other processes, and not while the first of all is done.
    firstAfterMs: EVERY_MS * Math.random(),
    onFailure: (error) => this.logger.warn({ msg: 'erasing expired locations failed; trying on', err: error }),
  });

  constructor(
    @InjectRepository(LocationEntity) private readonly rows: Repository<LocationEntity>,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {
    const { dataSource } = rows.manager;
    this.write = writesInTurnTo(dataSource);
    this.erasedAtOnce = rowsInOneWrite(dataSource);
  }

  onApplicationBootstrap(): void {
    if (this.settings.looksUp) this.repeated.start();
  }

  /** Ends after the statement under way. */
  async onModuleDestroy(): Promise<void> {
    await this.repeated.stop();
  }

  /** Erases all that have expired. */
  async purge(signal: AbortSignal): Promise<void> {
    let erased = 0;
    for (let after: string | undefined = ''; after !== undefined;) {
      const part: LocationEntity[] = await this.partAfter(after);
      erased += await this.eraseExpired(part, signal);
      after = part.length < READ_AT_ONCE ? undefined : part.at(-1)?.lookupKey;
      await pause(PAUSE_MS, signal);
    }
    if (erased > 0) this.logger.log({ msg: 'expired locations erased', erased });
  }

  private partAfter(key: string): Promise<LocationEntity[]> {
    return this.rows.find({
      select: { lookupKey: true, kind: true, expiresAtMs: true },
      where: { lookupKey: MoreThan(key) },
      order: { lookupKey: 'ASC' },
      take: READ_AT_ONCE,
    });
  }

  private async eraseExpired(rows: readonly LocationEntity[], signal: AbortSignal): Promise<number> {
    const nowMs = this.clock.nowMs();
    const isOver = ({ kind, expiresAtMs }: LocationEntity) =>
      expiresAtMs + (kind === 'failed' ? FAILURES_KEPT_MS : 0) < nowMs;
    const keys = rows.filter(isOver).map(({ lookupKey }) => lookupKey);
    let erased = 0;
    for (let from = 0; from < keys.length; from += this.erasedAtOnce) {
      if (from > 0) await pause(PAUSE_MS, signal);
      erased += await this.erase(keys.slice(from, from + this.erasedAtOnce), nowMs);
    }
    return erased;
  }

  /** Not what was looked up anew since it was read. */
  private erase(keys: readonly string[], nowMs: number): Promise<number> {
    const removal = this.rows
      .createQueryBuilder()
      .delete()
      .where({ lookupKey: In(keys), expiresAtMs: LessThan(nowMs) });
    return this.write(() => removal.getQueryAndParameters());
  }
}
