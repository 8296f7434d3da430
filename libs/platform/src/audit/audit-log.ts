import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../clock/clock.js';
import { bulkInsertInto } from '../database/bulk-insert.js';
import type { Caller } from '../http/caller.js';
import { newTimeOrderedId } from '../ids/time-ordered-id.js';

const COLUMNS = ['id', 'at', 'actor', 'action', 'subject', 'details'];

/** What can be done that is written down. */
export type AuditedAction = 'key.created' | 'key.revoked' | 'events.erase_asked' | 'events.erased';

/** What was done. Nothing in it may say anything of a person: no address of a client, no content of an event. */
export interface AuditedDeed {
  readonly action: AuditedAction;
  /** What it was done to, by its id. */
  readonly subject: string;
  readonly details?: Readonly<Record<string, string | number | boolean | readonly string[] | null>>;
}

/** Writes down what is done to keys and to the data of people: in SQL, and in the log. */
@Injectable()
export class AuditLog {
  private readonly logger = new Logger(AuditLog.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /** Resolves when it is on disk: whoever does something that has to be known of afterwards waits for that. */
  async record(actor: string, { action, subject, details = {} }: AuditedDeed): Promise<void> {
    const row = [newTimeOrderedId(), this.clock.nowMs(), actor, action, subject, JSON.stringify(details)];
    await bulkInsertInto(this.dataSource)({ table: 'audit_entry', columns: COLUMNS, rows: [row] });
    this.logger.log({ msg: 'audit', actor, action, subject, ...details });
  }
}

/** What a caller is called in the audit log. */
export function actorOf({ keyId }: Caller): string {
  return keyId === null ? 'anonymous' : `key:${keyId}`;
}
