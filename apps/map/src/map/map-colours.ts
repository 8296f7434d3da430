import { SHADES } from './shading.js';

/** What the map is drawn in: the page's style sheet says, for light and dark. */
export interface MapColours {
  readonly shades: readonly string[];
  readonly border: string;
  readonly coast: string;
  readonly graticule: string;
  readonly highlight: string;
  readonly point: string;
  readonly halo: string;
  readonly pointText: string;
  readonly font: string;
}

export function readMapColours(element: HTMLElement): MapColours {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(`--map-${name}`).trim();
  return {
    shades: Array.from({ length: SHADES + 1 }, (_, shade) => colour(`shade-${shade}`)),
    border: colour('border'),
    coast: colour('coast'),
    graticule: colour('graticule'),
    highlight: colour('highlight'),
    point: colour('point'),
    halo: colour('halo'),
    pointText: colour('point-text'),
    font: style.fontFamily,
  };
}
