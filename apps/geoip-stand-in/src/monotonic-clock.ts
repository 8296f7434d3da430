/**
 * Milliseconds with a fraction that never go back, whatever happens to the time of day.
 * Read from the kernel's clock rather than `performance.now()`, whose zero is the start of its own process:
 * the `monotonic_ms` of several processes on one machine can be compared.
 */
export function monotonicNowMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1_000_000;
}
