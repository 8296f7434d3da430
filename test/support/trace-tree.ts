import type { ReceivedSpan } from './otlp-receiver.js';

/** A trace for people: each span under its parent, with its start after that of the trace, its duration and its process. */
export function traceTree(spans: readonly ReceivedSpan[]): string {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const startMs = Math.min(...spans.map((span) => span.startMs));
  const linesOf = (span: ReceivedSpan, depth: number): string[] => [
    lineOf(span, depth, startMs),
    ...spans.filter(({ parentSpanId }) => parentSpanId === span.spanId).flatMap((child) => linesOf(child, depth + 1)),
  ];
  return spans
    .filter(({ parentSpanId }) => !known.has(parentSpanId))
    .flatMap((root) => linesOf(root, 0))
    .join('\n');
}

function lineOf({ name, startMs, durationMs, service }: ReceivedSpan, depth: number, traceStartMs: number): string {
  const label = `${'  '.repeat(depth)}${name}`.padEnd(36);
  const times = [startMs - traceStartMs, durationMs].map((ms) => `${ms.toFixed(1)} ms`.padStart(11)).join('');
  return `${label}${times}  ${service}`;
}
