/** When a request arrived and was answered; `null` while it is in flight. Milliseconds of one clock. */
export interface TimedRequest {
  readonly atMs: number;
  readonly answeredAtMs: number | null;
}

/**
 * How many requests a kill can have made worthless: those in flight at some moment between its sending and the end of the
 * process, and those answered so shortly before that the answer may not have been written.
 */
export function requestsAtRisk(
  requests: readonly TimedRequest[],
  kill: { readonly sentAtMs: number; readonly endedAtMs: number },
  writtenWithinMs: number,
): number {
  const safeBeforeMs = kill.sentAtMs - writtenWithinMs;
  return requests.filter(
    ({ atMs, answeredAtMs }) => atMs <= kill.endedAtMs && (answeredAtMs === null || answeredAtMs > safeBeforeMs),
  ).length;
}
