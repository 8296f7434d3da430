import type { EventDto } from '../fetch/event.dto.js';

/** How an export writes events, one after the other, so that no more than a page of them is in memory. */
export interface ExportFormat {
  readonly mediaType: string;
  readonly fileExtension: string;
  /** Before the first event, also where there is none. */
  readonly head: string;
  /** Between an event and the next. */
  readonly separator: string;
  /** After the last event; without it a file that has broken off is known as such. */
  readonly tail: string;
  encode(event: EventDto): string;
}
