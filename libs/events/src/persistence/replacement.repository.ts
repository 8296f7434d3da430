import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThanOrEqual, MoreThan, type Repository } from 'typeorm';
import { ReplacementEntity } from './replacement.entity.js';

/** The keys whose events' locations are to be replaced, in SQL. */
@Injectable()
export class ReplacementRepository {
  constructor(@InjectRepository(ReplacementEntity) private readonly rows: Repository<ReplacementEntity>) {}

  /** Keeps them, in place of older ones of the same key and reason. */
  async save(replacements: readonly ReplacementEntity[]): Promise<void> {
    if (replacements.length > 0) await this.rows.upsert([...replacements], ['lookupKey', 'reason']);
  }

  async ofKey(lookupKey: string): Promise<ReplacementEntity[]> {
    return this.rows.findBy({ lookupKey });
  }

  /** Up to `limit` whose time has come, in the order of the keys, after the given one. */
  async dueAfter(after: string, limit: number, nowMs: number): Promise<ReplacementEntity[]> {
    return this.rows.find({
      where: { lookupKey: MoreThan(after), nextAttemptAtMs: LessThanOrEqual(nowMs) },
      order: { lookupKey: 'ASC' },
      take: limit,
    });
  }

  /** Forgets it, unless it was asked for anew meanwhile. */
  async remove({ lookupKey, reason, lookedUpBeforeMs }: ReplacementEntity): Promise<void> {
    await this.rows.delete({ lookupKey, reason, lookedUpBeforeMs });
  }
}
