import type { Attributes, Span, SpanStatusCode } from '@opentelemetry/api';

export type { Span } from '@opentelemetry/api';

/** Which side of a call or a queue a span is on. */
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** How a span begins. Attributes never hold an address, a name, an attribute or a key of an event or its submitter. */
export interface SpanStart {
  /** `internal` unless said otherwise. */
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** What it is a part of: a span, which may have ended, or in W3C's text one of another process. Else it begins a trace. */
  readonly within?: Span | string;
  /** Spans of other traces that it works for as well, in W3C's text. */
  readonly linkedTo?: readonly string[];
}

/** Makes spans and knows the active one. What is not sampled has spans too, which record nothing. */
export interface Tracer {
  begin(name: string, start: SpanStart): Span;
  active(): Span | undefined;
  /** Does the work with the span as the active one, or with none. */
  activate<Result>(span: Span | undefined, work: () => Result): Result;
}

/** Something that a span tells of, if any does. */
interface Spanned {
  readonly span?: Span;
}

const FAILED: SpanStatusCode.ERROR = 2;
const SAMPLED = 1;

/** Of the process, as Nest's logger is. Undefined where nothing is traced: everything below then does next to nothing. */
let tracer: Tracer | undefined;

/** From now on spans are made by this tracer; undefined: no more. */
export function traceWith(next: Tracer | undefined): void {
  tracer = next;
}

export function isTracing(): boolean {
  return tracer !== undefined;
}

/** The span of what is going on here; undefined where it is not traced, or has ended. */
export function activeSpan(): Span | undefined {
  const span = tracer?.active();
  return span?.isRecording() === true ? span : undefined;
}

/** Begins a span; undefined where nothing is traced. Whoever begins it ends it. */
export function beginSpan(name: string, start: SpanStart): Span | undefined {
  return tracer?.begin(name, start);
}

/** Begins a span within the active one; undefined where there is none. */
export function beginChild(name: string, start: Omit<SpanStart, 'within'> = {}): Span | undefined {
  const within = activeSpan();
  return within === undefined ? undefined : beginSpan(name, { ...start, within });
}

/** Does the work with the span as the active one, or with none. */
export function withActive<Result>(span: Span | undefined, work: () => Result): Result {
  return tracer === undefined ? work() : tracer.activate(span, work);
}

/** Does the work within the span, if there is one, and ends it. */
export function during<Result>(span: Span | undefined, work: () => Promise<Result>): Promise<Result> {
  return span === undefined ? work() : endWith(span, withActive(span, work));
}

/** Ends the span, if there is one, when the promise settles, as failed where it rejects. */
export function endWith<Result>(span: Span | undefined, promise: Promise<Result>): Promise<Result> {
  if (span === undefined) return promise;
  return promise.then(
    (result) => {
      span.end();
      return result;
    },
    (error: unknown) => {
      failSpan(span, error);
      span.end();
      throw error;
    },
  );
}

/**
 * Does work that serves many: what is traced in it becomes a part of the first of their spans, and the others are linked to
 * that. So the work is told once, in the trace of one of those who wait for it. Ends none of them.
 */
export function forAll<Result>(served: readonly Spanned[], work: () => Result): Result {
  if (tracer === undefined) return work();
  const [first, ...others] = served.flatMap(({ span }) => span ?? []);
  if (first !== undefined) for (const other of others) other.addLink({ context: first.spanContext() });
  // Without any: whatever span is active here is of somebody else.
  return tracer.activate(first, work);
}

/** Says that what the span tells of has failed, and how in a word. Not why: an error's text may hold what was submitted. */
export function failSpan(span: Span | undefined, error: unknown): void {
  span?.setStatus({ code: FAILED }).setAttribute('error.type', errorType(error));
}

/** The span for another process to go on from, as in W3C's `traceparent`; undefined where it is not sampled. */
export function traceparentOf(span: Span | undefined): string | undefined {
  const context = span?.spanContext();
  if (context === undefined || (context.traceFlags & SAMPLED) === 0) return undefined;
  return `00-${context.traceId}-${context.spanId}-01`;
}

/** What a log line says of the active span. */
export function traceFields(): { trace_id?: string; span_id?: string } {
  const context = activeSpan()?.spanContext();
  return context === undefined ? {} : { trace_id: context.traceId, span_id: context.spanId };
}

/** A code such as ECONNREFUSED or storage_unavailable, or else the error's class. */
function errorType(error: unknown): string {
  if (typeof error === 'string') return error;
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code === 'string' && /^\w{1,64}$/.test(code)) return code;
  return error instanceof Error ? error.constructor.name : 'unknown';
}
