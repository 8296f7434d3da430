import type { StoredEvent } from '../domain/event.js';
import { presentEvent } from '../fetch/present-event.js';
import type { ExportFormat } from './export-format.js';

/** In characters. Of strings that are much larger V8 frees none until they have taken some hundred megabytes. */
const PIECE_LENGTH = 32_768;

/**
 * The pages of events as the text of a file, in pieces; an empty one for a page without events. When a pending event will be
 * located is not told: that would be out of date before the file is read, and costs the queue a question for each page.
 */
export async function* exportText(
  format: ExportFormat,
  pages: AsyncIterable<readonly StoredEvent[]>,
): AsyncGenerator<string, void> {
  yield format.head;
  let separator = '';
  for await (const events of pages) {
    let piece = '';
    for (const event of events) {
      piece += separator + format.encode(presentEvent(event));
      separator = format.separator;
      if (piece.length < PIECE_LENGTH) continue;
      yield piece;
      piece = '';
    }
    yield piece;
  }
  yield format.tail;
}
