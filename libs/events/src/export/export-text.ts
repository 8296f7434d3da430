import type { StoredEvent } from '../domain/event.js';
import { presentEvent } from '../fetch/present-event.js';
import type { ExportFormat } from './export-format.js';

/**
 * The pages of events as the text of a file: a piece for each page, empty for one without events. When a pending event will be
 * located is not told: that would be out of date before the file is read, and costs the queue a question for each page.
 */
export async function* exportText(
  format: ExportFormat,
  pages: AsyncIterable<readonly StoredEvent[]>,
): AsyncGenerator<string, void> {
  yield format.head;
  let separator = '';
  for await (const events of pages) {
    const text = events.map((event) => format.encode(presentEvent(event))).join(format.separator);
    yield text === '' ? '' : separator + text;
    if (text !== '') separator = format.separator;
  }
  yield format.tail;
}
