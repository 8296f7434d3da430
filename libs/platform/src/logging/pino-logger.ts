import type { LoggerService } from '@nestjs/common';
import { type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';
import type { LogLevel } from '../config/setting-definitions.js';
import { traceFields } from '../tracing/tracing.js';

/** JSON lines on standard output, with ISO times and level names. */
export function createPino(level: LogLevel): PinoLogger {
  return pino({
    level,
    base: { pid: process.pid },
    serializers: { err: describeError },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
}

/** Type, message, code and stack, and nothing else: database errors carry every value of their statement. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, code } = error as Error & { code?: unknown };
  return { type: name, message, code, stack };
}

/** Nest tells at length how it puts itself together: for debugging only. */
const FRAMEWORK_CONTEXTS = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/**
 * Lets Nest's `Logger` write through pino. A message may be text or an object of fields with `msg`; what Nest passes
 * last is the context, the name of the class that logs. Within something traced a line has the ids of its span.
 */
export class PinoNestLogger implements LoggerService {
  constructor(private readonly pinoLogger: PinoLogger) {}

  log(message: unknown, ...rest: unknown[]): void {
    const isFramework = FRAMEWORK_CONTEXTS.has(String(rest.at(-1)));
    this.write(isFramework ? 'debug' : 'info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  private write(
    level: 'info' | 'error' | 'warn' | 'debug' | 'trace' | 'fatal',
    message: unknown,
    rest: unknown[],
  ): void {
    const texts = rest.filter((part): part is string => typeof part === 'string');
    const fields: Record<string, unknown> = { context: texts.at(-1), ...traceFields() };
    // Nest logs its own failures as (message, stack, context).
    if (texts.length > 1) fields['stack'] = texts[0];
    if (message instanceof Error) this.pinoLogger[level]({ ...fields, err: message });
    else if (typeof message === 'object' && message !== null) this.pinoLogger[level]({ ...fields, ...message });
    else this.pinoLogger[level](fields, String(message));
  }
}
