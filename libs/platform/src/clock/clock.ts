import { performance } from 'node:perf_hooks';

/** Time as the service sees it. Injected, so that tests can set it and a stepped system clock cannot break waits. */
export abstract class Clock {
  /** Wall-clock time in milliseconds since 1970, for what is stored and shown. It may jump. */
  abstract nowMs(): number;
  /** Milliseconds that only ever grow, for measuring and waiting. Its zero means nothing. */
  abstract monotonicMs(): number;
}

/** The machine's clocks. */
export class SystemClock extends Clock {
  override nowMs(): number {
    return Date.now();
  }

  override monotonicMs(): number {
    return performance.now();
  }
}
