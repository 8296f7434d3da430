import { Logger } from '@nestjs/common';
import { isDoneWithin } from '../clock/with-deadline.js';
import type { Settings } from '../config/settings.js';
import { traceWith } from './tracing.js';

/** Tracing under way. */
export interface RunningTracing {
  /** Sends the spans that are left, for so long at most, and makes no more. */
  stop(withinMs: number): Promise<void>;
}

/** Starts to trace where the settings ask for it. Whoever does not trace does not even load what it takes. */
export async function startTracing({
  otlpEndpoint,
  role,
}: Pick<Settings, 'otlpEndpoint' | 'role'>): Promise<RunningTracing | null> {
  if (otlpEndpoint === undefined) return null;
  const { openTelemetry } = await import('./open-telemetry.js');
  const started = openTelemetry(role);
  if (started === null) return null;
  const { tracer, shutdown } = started;
  traceWith(tracer);
  return {
    stop: async (withinMs) => {
      traceWith(undefined);
      if (!(await isDoneWithin(shutdown(), withinMs))) new Logger('Tracing').warn('the latest spans are not exported');
    },
  };
}
