import type { ChartPanel } from './report.js';
export function chartOf(_title: string, _panels: readonly ChartPanel[]): string {
  return '';
}
