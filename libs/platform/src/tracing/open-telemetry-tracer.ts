import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, ROOT_CONTEXT, type Span, SpanKind, trace, type Tracer as ApiTracer } from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import type { SpanStart, Tracer } from './tracing.js';

const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/** Makes spans by OpenTelemetry's SDK. The active one is handed on along promises and callbacks. */
export class OpenTelemetryTracer implements Tracer {
  private readonly current = new AsyncLocalStorage<Span | undefined>();

  constructor(private readonly tracer: ApiTracer) {}

  begin(name: string, { kind = 'internal', attributes, within, linkedTo = [] }: SpanStart): Span {
    const links = linkedTo.flatMap((text) => {
      const context = parseTraceParent(text);
      return context === null ? [] : [{ context }];
    });
    return this.tracer.startSpan(name, { kind: KINDS[kind], attributes, links }, contextOf(within));
  }

  active(): Span | undefined {
    return this.current.getStore();
  }

  activate<Result>(span: Span | undefined, work: () => Result): Result {
    return this.current.run(span, work);
  }
}

/** Of a text that is no traceparent none: then a trace begins. `tracestate` is not taken along: it may hold anything. */
function contextOf(within: Span | string | undefined): Context {
  if (within === undefined) return ROOT_CONTEXT;
  if (typeof within !== 'string') return trace.setSpan(ROOT_CONTEXT, within);
  const parent = parseTraceParent(within);
  return parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true });
}
