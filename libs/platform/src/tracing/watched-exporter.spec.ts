import { Logger } from '@nestjs/common';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { strictDouble } from '../testing/strict-double.js';
import { WatchedExporter } from './watched-exporter.js';

type Result = Parameters<Parameters<SpanExporter['export']>[1]>[0];

const DONE: Result = { code: 0 };
const REFUSED: Result = { code: 1, error: Object.assign(new Error(''), { code: 'ECONNREFUSED' }) };
const UNAUTHORISED: Result = {
  code: 1,
  error: Object.assign(new Error('Unauthorized'), { code: 401, data: 'the token secret is wrong' }),
};

describe('WatchedExporter', () => {
  let said: unknown[];

  beforeEach(() => {
    said = [];
    vi.spyOn(Logger.prototype, 'warn').mockImplementation((message: unknown) => void said.push(message));
    vi.spyOn(Logger.prototype, 'log').mockImplementation((message: unknown) => void said.push(message));
  });
  afterEach(() => void vi.restoreAllMocks());

  /** Exports once for each result. @returns what was reported on */
  const exportWith = (...results: Result[]) => {
    const left = [...results];
    const inner = strictDouble<SpanExporter>('SpanExporter', {
      export: (_spans, report) => report(left.shift() ?? DONE),
    });
    const exporter = new WatchedExporter(inner);
    const reported: Result[] = [];
    for (let count = results.length; count > 0; count--) exporter.export([], (result) => reported.push(result));
    return reported;
  };

  it('says nothing while spans are exported', () => {
    expect(exportWith(DONE, DONE)).toEqual([DONE, DONE]);
    expect(said).toEqual([]);
  });

  it('says once that they are not, and once that they are again', () => {
    expect(exportWith(REFUSED, REFUSED, DONE, DONE, REFUSED)).toEqual([REFUSED, REFUSED, DONE, DONE, REFUSED]);
    const warning = expect.objectContaining({ reason: 'ECONNREFUSED' });
    expect(said).toEqual([warning, 'spans can be exported again', warning]);
    expect(JSON.stringify(said)).toContain('OTEL_EXPORTER_OTLP_ENDPOINT: ');
  });

  it('says why, without what the collector has answered', () => {
    exportWith(UNAUTHORISED);
    expect(said).toEqual([expect.objectContaining({ reason: '401 Unauthorized' })]);
    expect(JSON.stringify(said)).not.toContain('secret');
  });
});
