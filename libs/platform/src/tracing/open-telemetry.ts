import { Logger } from '@nestjs/common';
import { diag, DiagLogLevel } from '@opentelemetry/api';
import { getBooleanFromEnv, getStringListFromEnv, parseKeyPairsIntoRecord } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Settings } from '../config/settings.js';
import { OpenTelemetryTracer } from './open-telemetry-tracer.js';
import type { Tracer } from './tracing.js';
import { WatchedExporter } from './watched-exporter.js';

const HEADERS = ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS'];

/** What makes spans and sends them. */
export interface OpenTelemetry {
  readonly tracer: Tracer;
  /** Sends what is left; never rejects. */
  readonly shutdown: () => Promise<void>;
}

/**
 * Sets the SDK up. Where spans go, how many are kept and which are sampled it reads itself from the OTEL_… variables that
 * the specification names. What is wrong among those is logged, and their defaults hold.
 * @returns null where OTEL_SDK_DISABLED is true
 */
export function openTelemetry(role: Settings['role']): OpenTelemetry | null {
  const logger = new Logger('Tracing');
  const warn = (message: string) => logger.warn(message);
  const ignore = () => {};
  const complaints = { error: warn, warn, info: ignore, debug: ignore, verbose: ignore };
  diag.setLogger(complaints, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  // The SDK's own leave it to the package for Node, which is not used here.
  if (getBooleanFromEnv('OTEL_SDK_DISABLED')) {
    warn('nothing is traced: OTEL_SDK_DISABLED is true');
    diag.disable();
    return null;
  }
  for (const name of HEADERS) checkHeaders(name, warn);
  const exporter = new WatchedExporter(new OTLPTraceExporter());
  const provider = new BasicTracerProvider({
    resource: resourceOf(role),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  // Later complaints come again and again: the exporter's are told by WatchedExporter.
  diag.disable();
  return {
    tracer: new OpenTelemetryTracer(provider.getTracer('whence')),
    shutdown: () => provider.shutdown().catch(ignore),
  };
}

/** The SDK leaves out, without a word, what it cannot read, such as a token that is not encoded. None of it is shown: it is secret. */
function checkHeaders(name: string, warn: (message: string) => void): void {
  const entries = getStringListFromEnv(name) ?? [];
  const wrong = entries.filter((entry) => Object.keys(parseKeyPairsIntoRecord(entry)).length === 0);
  if (wrong.length === 0) return;
  const expected = 'expected name=value, several with commas, values percent-encoded';
  warn(`${name}: ${expected}; ${wrong.length} of ${entries.length} is left out`);
}

/** Roles have names of their own, so that a map of services shows the way from one to the other. Nothing of the host. */
function resourceOf(role: Settings['role']) {
  const own = { 'service.name': role === 'all' ? 'whence' : `whence-${role}`, 'process.pid': process.pid };
  return defaultResource()
    .merge(resourceFromAttributes(own))
    .merge(detectResources({ detectors: [envDetector] }));
}
