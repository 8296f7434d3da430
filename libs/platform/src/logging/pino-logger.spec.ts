import { Logger } from '@nestjs/common';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { RecordedSpans } from '../testing/recorded-spans.js';
import { withActive } from '../tracing/tracing.js';
import { createPino, PinoNestLogger } from './pino-logger.js';

/** Lets Nest's Logger write through the adapter, and returns what it wrote. */
function written(write: (adapter: PinoNestLogger) => void, level = 'trace'): Record<string, unknown>[] {
  const lines: string[] = [];
  const output = { write: (line: string) => void lines.push(line) };
  const formatters = { level: (label: string) => ({ level: label }) };
  write(new PinoNestLogger(pino({ level, base: null, timestamp: false, formatters }, output)));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('PinoNestLogger', () => {
  afterEach(() => Logger.overrideLogger(true));

  it.each([
    ['log', 'info'],
    ['error', 'error'],
    ['warn', 'warn'],
    ['debug', 'debug'],
    ['verbose', 'trace'],
    ['fatal', 'fatal'],
  ] as const)('writes %s at the level %s with the name of the class that logs', (method, level) => {
    expect(written((logger) => logger[method]('hello', 'Submitter'))).toEqual([
      { level, context: 'Submitter', msg: 'hello' },
    ]);
  });

  it('writes an object as fields', () => {
    expect(written((logger) => logger.warn({ msg: 'lookups wait', pause_ms: 5 }, 'Breaker'))).toEqual([
      { level: 'warn', context: 'Breaker', msg: 'lookups wait', pause_ms: 5 },
    ]);
  });

  it('writes an error with its message, type and stack', () => {
    const error = new TypeError('no', { cause: new Error('deeper') });
    const [plain, field] = written((logger) => {
      logger.error(error, 'A');
      logger.error({ msg: 'failed', err: error }, 'A');
    });
    expect(plain).toMatchObject({ context: 'A', err: { type: 'TypeError', stack: expect.stringContaining('deeper') } });
    expect(field).toMatchObject({ msg: 'failed', err: { type: 'TypeError' } });
  });

  it('keeps the stack that Nest passes along with its own failures', () => {
    expect(written((logger) => logger.error('boom', 'Error: boom\n at x', 'ExceptionsHandler'))).toEqual([
      { level: 'error', context: 'ExceptionsHandler', stack: 'Error: boom\n at x', msg: 'boom' },
    ]);
  });

  it.each(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication'])(
    'shows what %s tells only when debugging',
    (context) => {
      expect(written((logger) => logger.log('mapped', context))).toMatchObject([{ level: 'debug' }]);
      expect(written((logger) => logger.log('mapped', context), 'info')).toEqual([]);
      expect(written((logger) => logger.warn('odd', context), 'info')).toHaveLength(1);
    },
  );

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [7, '7'],
  ])('writes the message %o as text', (message, text) => {
    expect(written((logger) => logger.log(message))).toEqual([{ level: 'info', msg: text }]);
  });

  it('names the trace of what is going on', () => {
    const span = new RecordedSpans().request();
    const { traceId, spanId } = span.spanContext();
    const lines = written((logger) => {
      withActive(span, () => logger.warn({ msg: 'slow' }, 'Http'));
      logger.log('up', 'Http');
    });
    expect(lines).toEqual([
      { level: 'warn', context: 'Http', msg: 'slow', trace_id: traceId, span_id: spanId },
      { level: 'info', context: 'Http', msg: 'up' },
    ]);
  });

  it('serves Nest’s Logger', () => {
    const lines = written((adapter) => {
      Logger.overrideLogger(adapter);
      const logger = new Logger('Http');
      logger.log('up');
      logger.error({ msg: 'request failed', code: 'internal_error' });
      logger.error('boom', 'Error: boom\n at x');
    });
    expect(lines).toEqual([
      { level: 'info', context: 'Http', msg: 'up' },
      { level: 'error', context: 'Http', msg: 'request failed', code: 'internal_error' },
      { level: 'error', context: 'Http', stack: 'Error: boom\n at x', msg: 'boom' },
    ]);
  });
});

describe('createPino', () => {
  it('keeps to the level it is given', () => {
    const logger = createPino('warn');
    expect([logger.isLevelEnabled('info'), logger.isLevelEnabled('warn')]).toEqual([false, true]);
  });
});
