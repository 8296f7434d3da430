import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, MoreThan, type Repository } from 'typeorm';
import { type WriteInTurn, writesInTurnTo } from '#libs/platform';
import { saveReplacementsSql, scopeOf } from './replacement-sql.js';
import { type NewReplacement, ReplacementEntity, type ReplacementReason } from './replacement.entity.js';

/** A key with locations to be replaced: what its lookup has to answer for, whatever asked for it. */
export type DueReplacement = Pick<
  ReplacementEntity,
  'lookupKey' | 'reason' | 'address' | 'lookedUpBeforeMs' | 'events' | 'attempts'
>;

type RawDueReplacement = Record<Exclude<keyof DueReplacement, 'lookupKey' | 'reason' | 'address'>, number | string> & {
  readonly lookupKey: string;
  readonly reason: ReplacementReason;
  readonly address: string;
};

const ROWS_PER_PAGE = 200;

/** The keys whose events' locations are to be replaced, in SQL. */
@Injectable()
export class ReplacementRepository {
  private readonly write: WriteInTurn;

  constructor(@InjectRepository(ReplacementEntity) private readonly rows: Repository<ReplacementEntity>) {
    this.write = writesInTurnTo(rows.manager.dataSource);
  }

  /**
   * Keeps them. One that means the same events as an older one goes into it, and then means what either of them did; each
   * other has a row of its own. In the order of the keys, so that two that are kept at once do not wait for each other.
   */
  async save(replacements: readonly NewReplacement[]): Promise<void> {
    if (replacements.length === 0) return;
    const ordered = [...replacements].sort((one, other) => (one.lookupKey < other.lookupKey ? -1 : 1));
    const { sql, parameters } = saveReplacementsSql(this.rows.manager.dataSource.options.type === 'mysql', ordered);
    await this.write(() => [sql, parameters]);
  }

  async ofKey(lookupKey: string): Promise<ReplacementEntity[]> {
    return this.rows.findBy({ lookupKey });
  }

  /** All that there are, a page at a time, in the order of the keys. Of several of a key some may be left to the next time. */
  async *pages(): AsyncGenerator<ReplacementEntity[]> {
    for (let page: ReplacementEntity[], after = ''; ; after = page.at(-1)?.lookupKey ?? '') {
      const where = { lookupKey: MoreThan(after) };
      page = await this.rows.find({ where, order: { lookupKey: 'ASC' }, take: ROWS_PER_PAGE });
      yield page;
      if (page.length < ROWS_PER_PAGE) return;
    }
  }

  /** Up to `limit` keys of which one's time has come, in their order, after the given one. */
  async dueAfter(after: string, limit: number, nowMs: number): Promise<DueReplacement[]> {
    const due = await this.rows.query<RawDueReplacement[]>(
      `SELECT lookup_key AS lookupKey, MIN(reason) AS reason, MIN(address) AS address, SUM(events) AS events,
         MAX(looked_up_before) AS lookedUpBeforeMs, MIN(attempts) AS attempts
       FROM location_replacement WHERE lookup_key > ? AND next_attempt_at <= ?
       GROUP BY lookup_key ORDER BY lookup_key LIMIT ?`,
      [after, nowMs, limit],
    );
    return due.map(({ lookedUpBeforeMs, events, attempts, ...texts }) => ({
      ...texts,
      lookedUpBeforeMs: Number(lookedUpBeforeMs),
      events: Number(events),
      attempts: Number(attempts),
    }));
  }

  /** Tries it later, unless it was asked for anew meanwhile. */
  async postpone(replacement: ReplacementEntity, attempts: number, nextAttemptAtMs: number): Promise<void> {
    const update = this.rows.createQueryBuilder().update().set({ attempts, nextAttemptAtMs });
    await this.write(() => update.where(sameAs(replacement)).getQueryAndParameters());
  }

  /** Forgets it, unless it was asked for anew meanwhile. */
  async remove(replacement: ReplacementEntity): Promise<void> {
    const removal = this.rows.createQueryBuilder().delete().where(sameAs(replacement));
    await this.write(() => removal.getQueryAndParameters());
  }

  /** Forgets all of these keys. */
  async removeOf(lookupKeys: readonly string[]): Promise<void> {
    const removal = this.rows.createQueryBuilder().delete();
    await this.write(() => removal.where({ lookupKey: In(lookupKeys) }).getQueryAndParameters());
  }

  /** Takes back what was saved just now, unless it was asked for before or since. */
  async takeBack(replacement: NewReplacement): Promise<void> {
    await this.remove({ ...replacement, scope: scopeOf(replacement), version: 1 });
  }
}

function sameAs({ lookupKey, reason, scope, version }: ReplacementEntity) {
  return { lookupKey, reason, scope, version };
}
