import { appendFileSync } from 'node:fs';

/** A line of the table of faults. Times in ms. */
export interface FaultReport {
  /** Which of the two. */
  readonly installation: 'production' | 'embedded';
  readonly fault: string;
  readonly seed: number;
  readonly rounds: number;
  /** Whether every promise was kept: a row of one that failed is no figure to go by. */
  readonly passed: boolean;
  readonly accepted: number;
  readonly lost: number;
  readonly duplicated: number;
  /** Stored though the client was told that it is not. */
  readonly unasked: number;
  /** Stored, and the client was not told. */
  readonly storedUnanswered: number;
  readonly longestWithoutAcceptedMs: number;
  /** To a single event. */
  readonly longestAnswerMs: number;
  readonly longestBatchAnswerMs: number;
  /** Most events that waited for their location when the fault struck or was over. */
  readonly largestBacklog: number;
  /** From the last submission until no event was pending. */
  readonly locatedAfterMs: number;
  readonly worstSlidingSecond: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

/** Prints a line, and appends it as JSON to the file that `FAULT_REPORT` names, if it names one. */
export function reportFault(report: FaultReport): void {
  const line = JSON.stringify(report, (_key, value: unknown) =>
    typeof value === 'number' ? Math.round(value) : value,
  );
  console.log(`[faults] ${line}`);
  const file = process.env['FAULT_REPORT'];
  if (file !== undefined) appendFileSync(file, `${line}\n`);
}
