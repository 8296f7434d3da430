import { createHash } from 'node:crypto';
import { validate as isUuid } from 'uuid';
import type { EventFilter, EventOrder } from '../domain/event-filter.js';

/** 1 had no order. */
const VERSION = 2;

/**
 * A place in a listing: the task id that a page ended with, and a fingerprint of the filters and the order that the listing
 * had. Opaque to clients; the version lets a later release change it.
 */
export function encodeCursor(lastTaskId: string, filter: EventFilter, order: EventOrder): string {
  return Buffer.from(`${VERSION}.${fingerprint(filter, order)}.${lastTaskId}`).toString('base64url');
}

/** The task id, or null where the text is no cursor, or one of a listing with other filters or in the other order. */
export function decodeCursor(cursor: string, filter: EventFilter, order: EventOrder): string | null {
  const [version, print, taskId = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split('.');
  const isOurs = version === String(VERSION) && print === fingerprint(filter, order) && isUuid(taskId);
  return isOurs && encodeCursor(taskId, filter, order) === cursor ? taskId : null;
}

function fingerprint(filter: EventFilter, order: EventOrder): string {
  const canonical = JSON.stringify([order, ...Object.entries(filter).sort(([a], [b]) => (a < b ? -1 : 1))]);
  return createHash('sha256').update(canonical).digest('base64url').slice(0, 11);
}
