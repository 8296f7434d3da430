import { type LookupRequest, withTraces } from '#libs/geolocation';
import { beginSpan, endWith, forAll, type Span, traceparentOf } from '#libs/platform';

/** A lookup that is announced and not asked for yet. */
export interface Announcement extends LookupRequest {
  /** From its announcement until the queue has it, in the trace of the first request that wants it and is traced. */
  readonly span?: Span;
}

/** The announcement that an event makes whose key is not announced. */
export function announcedBy(request: LookupRequest, ofRequest: Span | undefined): Announcement {
  if (ofRequest === undefined) return request;
  const span = beginSpan('lookup.request', { kind: 'producer', within: ofRequest });
  return { ...request, span, traces: tracesOf(span) };
}

/** The announcement with one more event of its key. */
export function withEvent(known: Announcement, ofRequest: Span | undefined): Announcement {
  const more = { ...known, events: known.events + 1 };
  if (ofRequest === undefined) return more;
  if (known.span === undefined) return announcedBy(more, ofRequest);
  return { ...more, traces: withTraces(known.traces, tracesOf(ofRequest)) };
}

/** Asks for what is announced, and ends the announcements' spans. */
export function askTraced(announced: readonly Announcement[], ask: () => Promise<void>): Promise<void> {
  return announced.reduce((asking, { span }) => endWith(span, asking), forAll(announced, ask));
}

function tracesOf(span: Span | undefined): readonly string[] | undefined {
  const traceparent = traceparentOf(span);
  return traceparent === undefined ? undefined : [traceparent];
}
