import { createHash } from 'node:crypto';
import { validate as isUuid } from 'uuid';
import type { EventFilter } from '../persistence/event.repository.js';

const VERSION = 1;

/**
 * A place in a listing: the last event of a page, and a fingerprint of the filters that the listing had. Opaque to
 * clients; the version lets a later release change it.
 */
export function encodeCursor(lastTaskId: string, filter: EventFilter): string {
  return Buffer.from(`${VERSION}.${fingerprint(filter)}.${lastTaskId}`).toString('base64url');
}

/** The last event's id, or null where the text is no cursor, or one of a listing with other filters. */
export function decodeCursor(cursor: string, filter: EventFilter): string | null {
  const [version, print, taskId = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split('.');
  const isOurs = version === String(VERSION) && print === fingerprint(filter) && isUuid(taskId);
  return isOurs && encodeCursor(taskId, filter) === cursor ? taskId : null;
}

function fingerprint(filter: EventFilter): string {
  const canonical = JSON.stringify(Object.entries(filter).sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash('sha256').update(canonical).digest('base64url').slice(0, 11);
}
