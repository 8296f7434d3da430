import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, type Repository } from 'typeorm';
import { type BulkInsert, bulkInsertInto, writeBuilt, type WriteStatement, writesTo } from '#libs/platform';
import { ApiKeyEntity } from './api-key.entity.js';

const COLUMNS = [
  'id',
  'name',
  'secret_hash',
  'scopes',
  'cidrs',
  'throttle_per_minute',
  'created_at',
  'expires_at',
  'revoked_at',
];

/** API keys in SQL, for any number of processes. */
@Injectable()
export class ApiKeyRepository {
  private readonly bulkInsert: BulkInsert;
  private readonly write: WriteStatement;

  constructor(@InjectRepository(ApiKeyEntity) private readonly rows: Repository<ApiKeyEntity>) {
    this.bulkInsert = bulkInsertInto(rows.manager.dataSource);
    this.write = writesTo(rows.manager.dataSource);
  }

  async insert(key: ApiKeyEntity): Promise<void> {
    const { id, name, secretHash, scopes, cidrs, throttlePerMinute, createdAtMs, expiresAtMs, revokedAtMs } = key;
    const row = [id, name, secretHash, scopes, cidrs, throttlePerMinute, createdAtMs, expiresAtMs, revokedAtMs];
    await this.bulkInsert({ table: 'api_key', columns: COLUMNS, rows: [row] });
  }

  find(id: string): Promise<ApiKeyEntity | null> {
    return this.rows.findOneBy({ id });
  }

  /** All there have ever been, the oldest first. */
  all(): Promise<ApiKeyEntity[]> {
    return this.rows.find({ order: { createdAtMs: 'ASC', id: 'ASC' } });
  }

  unrevoked(): Promise<ApiKeyEntity[]> {
    return this.rows.findBy({ revokedAtMs: IsNull() });
  }

  /** @returns false where it is revoked already, or unknown */
  async revoke(id: string, nowMs: number): Promise<boolean> {
    const update = this.rows.createQueryBuilder().update().set({ revokedAtMs: nowMs });
    return (await writeBuilt(this.write, update.where({ id, revokedAtMs: IsNull() }))) > 0;
  }

  /** A text that is another one once a key has been added or revoked: rows are never removed, nor changed otherwise. */
  async state(): Promise<string> {
    const counts = this.rows
      .createQueryBuilder('key')
      .select('COUNT(*)', 'keys')
      .addSelect('COUNT(key.revokedAtMs)', 'revoked');
    const { keys, revoked } = (await counts.getRawOne<{ keys: unknown; revoked: unknown }>()) ?? {};
    return `${String(keys)} ${String(revoked)}`;
  }
}
