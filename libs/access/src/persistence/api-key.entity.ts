import { Column, Entity, PrimaryColumn } from 'typeorm';
import { epochMs } from '#libs/platform';

/** An API key. Rows are only ever added, and marked as revoked once. */
@Entity({ name: 'api_key' })
export class ApiKeyEntity {
  @PrimaryColumn({ type: 'varchar', length: 12 })
  id: string;

  /** What people call it. */
  @Column({ type: 'varchar', length: 120 })
  name: string;

  @Column({ name: 'secret_hash', type: 'varchar', length: 64 })
  secretHash: string;

  /** Separated by commas. */
  @Column({ type: 'varchar', length: 40 })
  scopes: string;

  /** CIDR ranges that it may be used from, separated by commas; null where it may be from anywhere. */
  @Column({ type: 'text', nullable: true })
  cidrs: string | null;

  /** Requests a minute; null where the service's own limit holds, 0 where none does. */
  @Column({ name: 'throttle_per_minute', type: 'integer', nullable: true })
  throttlePerMinute: number | null;

  @Column({ name: 'created_at', type: 'bigint', transformer: epochMs })
  createdAtMs: number;

  @Column({ name: 'expires_at', type: 'bigint', nullable: true, transformer: epochMs })
  expiresAtMs: number | null;

  @Column({ name: 'revoked_at', type: 'bigint', nullable: true, transformer: epochMs })
  revokedAtMs: number | null;
}
