import type { AuditedDeed, AuditLog, Clock, Scope } from '#libs/platform';
import { newApiKey, secretHashOf, textOfKey } from '../domain/api-key.js';
import type { ApiKeyEntity } from '../persistence/api-key.entity.js';
import type { ApiKeyRepository } from '../persistence/api-key.repository.js';

/** What a key is to be. */
export interface KeyWish {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** From now on; null for ever. */
  readonly expiresInMs: number | null;
  /** Empty for anywhere. */
  readonly cidrs: readonly string[];
  /** Null for the service's own limit, 0 for none. */
  readonly throttlePerMinute: number | null;
}

/** A key that was just made. Nobody will see its text again. */
export interface MadeKey {
  readonly row: ApiKeyEntity;
  readonly text: string;
}

/** Makes, lists and revokes API keys, and writes each of these into the audit log. */
export class KeyAdministration {
  constructor(
    private readonly rows: ApiKeyRepository,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** @param actor who makes it, as the audit log calls them */
  async create(actor: string, { name, scopes, expiresInMs, cidrs, throttlePerMinute }: KeyWish): Promise<MadeKey> {
    const key = newApiKey();
    const createdAtMs = this.clock.nowMs();
    const row: ApiKeyEntity = {
      id: key.id,
      name,
      secretHash: secretHashOf(key.secret),
      scopes: scopes.join(','),
      cidrs: cidrs.length === 0 ? null : cidrs.join(','),
      throttlePerMinute,
      createdAtMs,
      expiresAtMs: expiresInMs === null ? null : createdAtMs + expiresInMs,
      revokedAtMs: null,
    };
    // First, so that no key exists that nobody can account for.
    await this.audit.record(actor, { action: 'key.created', subject: key.id, details: detailsOf(row) });
    await this.rows.insert(row);
    return { row, text: textOfKey(key) };
  }

  /** All there have ever been, the oldest first. */
  list(): Promise<ApiKeyEntity[]> {
    return this.rows.all();
  }

  /** @returns what it did: nothing where the key was revoked before, or where there is none with the id */
  async revoke(actor: string, id: string): Promise<'revoked' | 'revoked before' | 'unknown'> {
    const row = await this.rows.find(id);
    if (row === null) return 'unknown';
    if (!(await this.rows.revoke(id, this.clock.nowMs()))) return 'revoked before';
    await this.audit.record(actor, { action: 'key.revoked', subject: id, details: { name: row.name } });
    return 'revoked';
  }
}

/** All that the key may do, and nothing of its secret. */
function detailsOf({ name, scopes, expiresAtMs, cidrs, throttlePerMinute }: ApiKeyEntity): AuditedDeed['details'] {
  return {
    name,
    scopes: scopes.split(','),
    expires_at: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(),
    cidrs: cidrs?.split(',') ?? [],
    throttle_per_minute: throttlePerMinute,
  };
}
