/** A figure, with the bar it is held to, if any. */
export interface Figure {
  readonly name: string;
  readonly value: number | string;
  readonly bar?: string;
  readonly isReached?: boolean;
}

/** What one run has shown. */
export interface Result {
  readonly run: string;
  readonly figures: readonly Figure[];
}

/** Runs a part of a benchmark and says what it does meanwhile. */
export type Scenario = (say: (line: string) => void) => Promise<Result[]>;

export function atMost(name: string, value: number, bar: number): Figure {
  return { name, value, bar: `at most ${bar}`, isReached: value <= bar };
}

export function atLeast(name: string, value: number, bar: number): Figure {
  return { name, value, bar: `at least ${bar}`, isReached: value >= bar };
}

export function exactly(name: string, value: number, bar: number): Figure {
  return { name, value, bar: `${bar}`, isReached: value === bar };
}

/** The results as lines of text. */
export function tableOf(results: readonly Result[]): string[] {
  const rows = results.flatMap(({ run, figures }) => figures.map((figure) => rowOf(run, figure)));
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function rowOf(run: string, { name, value, bar, isReached }: Figure): string[] {
  const verdict = isReached === undefined ? '' : isReached ? `reached: ${bar}` : `MISSED: ${bar}`;
  return [run, name, typeof value === 'number' ? String(Math.round(value * 1e4) / 1e4) : value, verdict];
}
