import { Logger } from '@nestjs/common';
import { ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';

type Report = Parameters<SpanExporter['export']>[1];

/** Another exporter, of which the log says when it fails and when it works again, and not each time. */
export class WatchedExporter implements SpanExporter {
  private readonly logger = new Logger('Tracing');
  private fails = false;

  constructor(private readonly exporter: SpanExporter) {}

  export(spans: ReadableSpan[], report: Report): void {
    this.exporter.export(spans, (result) => {
      this.note(result.code === ExportResultCode.SUCCESS, result.error);
      report(result);
    });
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  private note(isDone: boolean, error: Error | undefined): void {
    if (isDone && this.fails) this.logger.log('spans can be exported again');
    if (!isDone && !this.fails) {
      const msg =
        'OTEL_EXPORTER_OTLP_ENDPOINT: spans cannot be exported; the latest are kept for a while, others are lost';
      this.logger.warn({ msg, reason: reasonOf(error) });
    }
    this.fails = !isDone;
  }
}

/** Not the body of the answer, which an error of the exporter holds as well. */
function reasonOf(error: (Error & { code?: unknown }) | undefined): string {
  if (error === undefined) return 'unknown';
  const code = typeof error.code === 'number' || typeof error.code === 'string' ? String(error.code) : '';
  return [code, error.message].filter((part) => part !== '').join(' ') || error.name;
}
