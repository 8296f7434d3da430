import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTracing } from './start-tracing.js';
import { beginSpan, isTracing, traceWith } from './tracing.js';

describe('startTracing', () => {
  let said: string[];
  let collector: Server;
  let otlpEndpoint: string;

  beforeEach(async () => {
    said = [];
    vi.spyOn(Logger.prototype, 'warn').mockImplementation((message: unknown) => void said.push(String(message)));
    // Takes everything, and never answers.
    collector = createServer().listen(0, '127.0.0.1');
    await once(collector, 'listening');
    otlpEndpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', otlpEndpoint);
  });

  afterEach(() => {
    traceWith(undefined);
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    collector.closeAllConnections();
    collector.close();
  });

  it('does nothing where no collector is named', async () => {
    expect(await startTracing({ otlpEndpoint: undefined, role: 'all' })).toBeNull();
    expect(isTracing()).toBe(false);
  });

  it('traces until it is stopped, which takes no longer than it may', async () => {
    const tracing = await startTracing({ otlpEndpoint, role: 'api' });
    expect(isTracing()).toBe(true);
    const left = once(collector, 'request');
    beginSpan('work', {})?.end();
    const stopped = tracing?.stop(50);
    await left;
    await stopped;
    expect(isTracing()).toBe(false);
    expect(said).toEqual(['the latest spans are not exported']);
  });

  it('says which variables of OpenTelemetry are wrong, and goes by their defaults', async () => {
    vi.stubEnv('OTEL_TRACES_SAMPLER', 'sometimes');
    vi.stubEnv('OTEL_EXPORTER_OTLP_COMPRESSION', 'brotli');
    const tracing = await startTracing({ otlpEndpoint, role: 'worker' });
    expect(said).toEqual([
      expect.stringContaining('OTEL_EXPORTER_OTLP_COMPRESSION'),
      expect.stringContaining('OTEL_TRACES_SAMPLER'),
    ]);
    expect(beginSpan('work', {})?.isRecording()).toBe(true);
    await tracing?.stop(50);
  });

  it('says that headers are none, and neither shows them nor fails', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'authorization=Bearer%20token,secret');
    const tracing = await startTracing({ otlpEndpoint, role: 'worker' });
    expect(said).toEqual([
      'OTEL_EXPORTER_OTLP_HEADERS: expected name=value, several with commas, values percent-encoded; 1 of 2 is left out',
    ]);
    await tracing?.stop(50);
    vi.stubEnv('OTEL_EXPORTER_OTLP_TRACES_HEADERS', 'a=%');
    said = [];
    await (await startTracing({ otlpEndpoint, role: 'worker' }))?.stop(50);
    expect(said).toContainEqual(expect.stringMatching(/^OTEL_EXPORTER_OTLP_TRACES_HEADERS: .* 1 of 1 is left out$/));
  });

  it('does nothing where the SDK is turned off, and says so', async () => {
    vi.stubEnv('OTEL_SDK_DISABLED', 'true');
    expect(await startTracing({ otlpEndpoint, role: 'all' })).toBeNull();
    expect([isTracing(), said]).toEqual([false, ['nothing is traced: OTEL_SDK_DISABLED is true']]);
  });
});
