/** In which readiness has to know what is the case. */
export const READINESS_MS = 5_000;

/** A time in which something was not there, by the test's monotonic clock. */
export interface Absence {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a process said of itself between two times, by the test's monotonic clock: a status, or why there was none. */
export interface HealthSample {
  readonly process: string;
  readonly atMs: number;
  readonly endedAtMs: number;
  readonly live: number | string;
  readonly ready: number | string;
}

/**
 * The samples that say ready though the database has been away for READINESS_MS when they were asked for, and was until they
 * were answered; those that say that it is not though the database has been there for as long; and those that say neither.
 * Each was true at some moment between its two times: one for which there is such a moment is no untruth.
 */
export function untrueReadiness(samples: readonly HealthSample[], absences: readonly Absence[]): HealthSample[] {
  return samples.filter(({ atMs, endedAtMs, ready }) => {
    if (ready === 200) return absences.some(({ fromMs, toMs }) => fromMs + READINESS_MS <= atMs && endedAtMs <= toMs);
    if (ready !== 503) return true;
    return !absences.some(({ fromMs, toMs }) => fromMs <= endedAtMs && atMs <= toMs + READINESS_MS);
  });
}
