import type { ChartBar, ChartPanel } from './report.js';
import { svgText } from './svg-text.js';

const WIDTH = 760;
const LABELS_END = 190;
const BARS_END = 620;
const TITLE_HEIGHT = 44;
const PANEL_TITLE_HEIGHT = 26;
const BAR_STEP = 26;
const BAR_HEIGHT = 16;
const PANEL_GAP = 18;

/** Readable on white and on black: the colours follow what the reader's system is set to. */
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 }
  .panel { font-weight: 600 }
  .whence { fill: #2f6fde }
  .yardstick { fill: #9aa4af }
  .extremes { stroke: #1f2328; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .whence { fill: #58a6ff }
    .yardstick { fill: #6e7681 }
    .extremes { stroke: #e6edf3 }
  }
`;

/**
 * Horizontal bars as an SVG document of its own: a bar is a median, the line across its end reaches from the least of the
 * rounds to the most. Each panel has its own scale.
 */
export function chartOf(title: string, panels: readonly ChartPanel[]): string {
  let top = TITLE_HEIGHT;
  const drawn = panels.map((panel) => {
    const lines = panelOf(panel, top);
    top += PANEL_TITLE_HEIGHT + panel.bars.length * BAR_STEP + PANEL_GAP;
    return lines;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" role="img" aria-label="${svgText(title)}">`,
    `<style>${STYLE}</style>`,
    `<text class="title" x="0" y="20">${svgText(title)}</text>`,
    ...drawn.flat(),
    '</svg>\n',
  ].join('\n');
}

function panelOf({ title, bars }: ChartPanel, top: number): string[] {
  const largest = Math.max(...bars.map(({ spread }) => spread.most));
  const endOf = (value: number): number => round(LABELS_END + (value / largest) * (BARS_END - LABELS_END));
  const heading = `<text class="panel" x="0" y="${top + 14}">${svgText(title)}</text>`;
  return [heading, ...bars.flatMap((bar, index) => barOf(bar, top + PANEL_TITLE_HEIGHT + index * BAR_STEP, endOf))];
}

function barOf({ label, spread, isYardstick = false }: ChartBar, top: number, endOf: (value: number) => number) {
  const { median, least, most } = spread;
  const [middle, baseline] = [top + BAR_HEIGHT / 2, top + 13];
  const place = `x="${LABELS_END}" y="${top}" width="${round(endOf(median) - LABELS_END)}" height="${BAR_HEIGHT}"`;
  return [
    `<text x="${LABELS_END - 8}" y="${baseline}" text-anchor="end">${svgText(label)}</text>`,
    `<rect class="${isYardstick ? 'yardstick' : 'whence'}" ${place} rx="2"/>`,
    `<line class="extremes" x1="${endOf(least)}" x2="${endOf(most)}" y1="${middle}" y2="${middle}"/>`,
    `<text x="${round(endOf(most) + 8)}" y="${baseline}">${shown(median)}</text>`,
  ];
}

function shown(value: number): string {
  return value.toLocaleString('en-GB', { maximumSignificantDigits: value < 1_000 ? 3 : 4 });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
