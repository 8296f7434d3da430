import { type Spread, spreadOf } from './measure/statistics.js';

/** A figure, with the bar it is held to, if any; of several rounds the median, with the extremes. */
export interface Figure {
  readonly name: string;
  readonly value: number | string;
  readonly spread?: Spread;
  readonly bar?: string;
  readonly isReached?: boolean;
}

/** A bar of a chart; `spread` shows the rounds' extremes. */
export interface ChartBar {
  readonly label: string;
  readonly spread: Spread;
  /** A yardstick is drawn in another colour than what it is there for. */
  readonly isYardstick?: boolean;
}

/** Bars that share a scale. */
export interface ChartPanel {
  readonly title: string;
  readonly bars: readonly ChartBar[];
}

/** What one run has shown. */
export interface Result {
  readonly run: string;
  readonly figures: readonly Figure[];
  readonly panel?: ChartPanel;
}

/** How long to measure, where that differs from what a part does by itself. */
export interface RunOptions {
  readonly rounds?: number;
  readonly seconds?: number;
}

/** Runs a part of a benchmark and says what it does meanwhile. */
export type Scenario = (say: (line: string) => void, options: RunOptions) => Promise<Result[]>;

/** One value, or those of the rounds. */
type Values = number | readonly number[];

/** A figure without a bar. */
export function told(name: string, values: Values): Figure {
  if (typeof values === 'number') return { name, value: values };
  const spread = spreadOf(values);
  return { name, value: spread.median, spread };
}

export function atMost(name: string, values: Values, bar: number): Figure {
  const figure = told(name, values);
  return { ...figure, bar: `at most ${bar}`, isReached: Number(figure.value) <= bar };
}

export function atLeast(name: string, values: Values, bar: number): Figure {
  const figure = told(name, values);
  return { ...figure, bar: `at least ${bar}`, isReached: Number(figure.value) >= bar };
}

export function between(name: string, values: Values, least: number, most: number): Figure {
  const figure = told(name, values);
  const isReached = Number(figure.value) >= least && Number(figure.value) <= most;
  return { ...figure, bar: `${least} to ${most}`, isReached };
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

function rowOf(run: string, { name, value, spread, bar, isReached }: Figure): string[] {
  const verdict = isReached === undefined ? '' : isReached ? `reached: ${bar}` : `MISSED: ${bar}`;
  const extremes = spread === undefined ? '' : ` (${shown(spread.least)}..${shown(spread.most)})`;
  return [run, name, `${typeof value === 'number' ? shown(value) : value}${extremes}`, verdict];
}

function shown(value: number): string {
  return String(Math.abs(value) >= 1_000 ? Math.round(value) : Math.round(value * 1e4) / 1e4);
}
