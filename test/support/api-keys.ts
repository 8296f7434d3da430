import type { DataSource } from 'typeorm';
import { ApiKeyEntity, ApiKeyRepository, KeyAdministration, type KeyWish } from '#libs/access';
import { AuditLog, SystemClock } from '#libs/platform';

const WISH: KeyWish = { name: 'test', scopes: ['submit'], expiresInMs: null, cidrs: [], throttlePerMinute: null };

/** Makes and revokes API keys, as the command line does. */
export class ApiKeys {
  private readonly administration: KeyAdministration;

  constructor(dataSource: DataSource) {
    const clock = new SystemClock();
    const rows = new ApiKeyRepository(dataSource.getRepository(ApiKeyEntity));
    this.administration = new KeyAdministration(rows, new AuditLog(dataSource, clock), clock);
  }

  /** A key to submit with, unless told. */
  async make(wish: Partial<KeyWish> = {}): Promise<{ id: string; text: string }> {
    const { row, text } = await this.administration.create('test', { ...WISH, ...wish });
    return { id: row.id, text };
  }

  async revoke(id: string): Promise<void> {
    await this.administration.revoke('test', id);
  }
}
