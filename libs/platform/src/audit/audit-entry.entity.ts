import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMs } from '../database/epoch-ms.js';

/** Something that was done to keys or to the data of people, and by whom. Entries are only ever added. */
@Entity({ name: 'audit_entry' })
@Index('audit_entry_by_at', ['atMs'])
export class AuditEntryEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 })
  id: string;

  @Column({ name: 'at', type: 'bigint', transformer: epochMs })
  atMs: number;

  /** `key:` and the id of an API key, `anonymous`, or `cli:` and the user of the operating system. */
  @Column({ type: 'varchar', length: 80 })
  actor: string;

  @Column({ type: 'varchar', length: 40 })
  action: string;

  /** What it was done to, by an id that says nothing of a person. */
  @Column({ type: 'varchar', length: 80 })
  subject: string;

  /** More about it, as JSON; no addresses and no content of events. */
  @Column({ type: 'text' })
  details: string;
}
