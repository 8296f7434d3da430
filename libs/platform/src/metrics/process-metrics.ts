import { collectDefaultMetrics, Registry } from 'prom-client';

let registry: Registry | undefined;

/**
 * What Node and the operating system tell of this process: processor time, memory, event loop, garbage collection. One for
 * the process, since what measures them cannot be stopped again; and none until somebody asks, since it is not free.
 */
export function processMetrics(): Registry {
  if (registry === undefined) {
    registry = new Registry();
    collectDefaultMetrics({ register: registry });
  }
  return registry;
}
