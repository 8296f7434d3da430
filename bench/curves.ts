import type { TimedValue } from './measure/growth.js';
import { svgText } from './svg-text.js';

const WIDTH = 760;
const PLOT_START = 60;
const PLOT_END = 620;
const TITLE_HEIGHT = 44;
const PANEL_HEIGHT = 130;
const PLOT_HEIGHT = 80;
const PANEL_TITLE_HEIGHT = 24;
const COLOURS = ['#2f6fde', '#d1782e', '#3a9a5b', '#b8478f', '#7a6fd0'];

/** Readable on white and on black. */
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 }
  .panel { font-weight: 600 }
  .axis { stroke: #9aa4af; stroke-width: 1; fill: none }
  .curve { fill: none; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } }
`;

/** Values over time. */
export interface Curve {
  readonly label: string;
  readonly points: readonly TimedValue[];
}

/** Curves that share a scale, which begins at 0. */
export interface CurvePanel {
  readonly title: string;
  readonly curves: readonly Curve[];
}

/** Panels of curves, one below the other, as an SVG document of its own. */
export function curvesOf(title: string, panels: readonly CurvePanel[]): string {
  const height = TITLE_HEIGHT + panels.length * PANEL_HEIGHT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${svgText(title)}">`,
    `<style>${STYLE}</style>`,
    `<text class="title" x="0" y="20">${svgText(title)}</text>`,
    ...panels.flatMap((panel, index) => panelOf(panel, TITLE_HEIGHT + index * PANEL_HEIGHT)),
    '</svg>\n',
  ].join('\n');
}

function panelOf({ title, curves }: CurvePanel, top: number): string[] {
  const points = curves.flatMap((curve) => curve.points);
  const lastSeconds = Math.max(1, ...points.map(({ seconds }) => seconds));
  // Where all is nought there is no scale, and any will do.
  const largest = Math.max(0, ...points.map(({ value }) => value)) || 1;
  const [plotTop, plotBottom] = [top + PANEL_TITLE_HEIGHT, top + PANEL_TITLE_HEIGHT + PLOT_HEIGHT];
  const x = (seconds: number) => round(PLOT_START + (seconds / lastSeconds) * (PLOT_END - PLOT_START));
  const y = (value: number) => round(plotBottom - (value / largest) * PLOT_HEIGHT);
  const drawn = curves.flatMap((curve, index) => {
    const path = curve.points.map(({ seconds, value }) => `${x(seconds)},${y(value)}`).join(' ');
    const colour = COLOURS[index % COLOURS.length];
    return [
      `<polyline class="curve" stroke="${colour}" points="${path}"/>`,
      `<text x="${PLOT_END + 8}" y="${plotTop + 14 + index * 18}" style="fill:${colour}">${svgText(curve.label)}</text>`,
    ];
  });
  return [
    `<text class="panel" x="0" y="${top + 14}">${svgText(title)}</text>`,
    `<polyline class="axis" points="${PLOT_START},${plotTop} ${PLOT_START},${plotBottom} ${PLOT_END},${plotBottom}"/>`,
    `<text x="${PLOT_START - 8}" y="${plotTop + 10}" text-anchor="end">${shown(largest)}</text>`,
    `<text x="${PLOT_START - 8}" y="${plotBottom}" text-anchor="end">0</text>`,
    `<text x="${PLOT_END}" y="${plotBottom + 16}" text-anchor="end">${Math.round(lastSeconds / 60)} min</text>`,
    ...drawn,
  ];
}

function shown(value: number): string {
  return value.toLocaleString('en-GB', { maximumSignificantDigits: 3 });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
