import { SpanStatusCode } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  BasicTracerProvider,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { onTestFinished } from 'vitest';
import { OpenTelemetryTracer } from '../tracing/open-telemetry-tracer.js';
import { traceparentOf, traceWith, type Span, beginSpan, withActive } from '../tracing/tracing.js';

/** What a test looks at of a span. */
export interface RecordedSpan {
  readonly name: string;
  /** The name of the span that it is a part of, or null. */
  readonly parent: string | null;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The names of spans that it is linked to, where they have ended. */
  readonly links: readonly string[];
  readonly isFailed: boolean;
}

/** Traces until the test ends, and keeps the spans that have ended. */
export class RecordedSpans {
  private readonly exporter = new InMemorySpanExporter();

  constructor() {
    const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.exporter)] });
    traceWith(new OpenTelemetryTracer(provider.getTracer('test')));
    onTestFinished(() => traceWith(undefined));
  }

  /** In the order of their ends. */
  get ended(): RecordedSpan[] {
    const spans = this.exporter.getFinishedSpans();
    const nameOf = (id: string | undefined) => spans.find((span) => span.spanContext().spanId === id)?.name ?? null;
    return spans.map((span) => recorded(span, nameOf));
  }

  /** A span as that of a request. Whoever begins it ends it. */
  request(name = 'request'): Span {
    const span = beginSpan(name, { kind: 'server' });
    if (span === undefined) throw new Error('nothing is traced');
    return span;
  }

  /** Does the work as a part of a request, which ends with it. @returns what the request is called elsewhere */
  async during(name: string, work: () => unknown): Promise<string> {
    const span = this.request(name);
    await withActive(span, async () => work());
    span.end();
    return traceparentOf(span) ?? '';
  }
}

function recorded(span: ReadableSpan, nameOf: (id: string | undefined) => string | null): RecordedSpan {
  return {
    name: span.name,
    parent: nameOf(span.parentSpanContext?.spanId),
    attributes: span.attributes,
    links: span.links.flatMap(({ context }) => nameOf(context.spanId) ?? []),
    isFailed: span.status.code === SpanStatusCode.ERROR,
  };
}
