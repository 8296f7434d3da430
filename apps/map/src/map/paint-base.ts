import type { Country, Geography } from './countries.js';
import type { MapColours } from './map-colours.js';
import type { Size, View } from './view.js';

export interface BaseScene {
  readonly geography: Geography;
  readonly colours: MapColours;
  readonly shadeOf: (country: Country) => number;
  /** What the pointer is on, or the filter. */
  readonly highlighted: ReadonlySet<string>;
}

/** Makes the canvas empty, and its context one in whose units the world is drawn. */
export function inWorld(context: CanvasRenderingContext2D, view: View, size: Size, ratio: number): void {
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, size.width, size.height);
  context.transform(view.k, 0, 0, view.k, view.left, view.top);
}

/** Draws the countries, each in its shade. */
export function paintBase(context: CanvasRenderingContext2D, view: View, scene: BaseScene): void {
  const { geography, colours, shadeOf, highlighted } = scene;
  const line = (path: Path2D, colour: string, px: number) => {
    context.strokeStyle = colour;
    context.lineWidth = px / view.k;
    context.stroke(path);
  };
  context.lineJoin = 'round';
  line(geography.graticule, colours.graticule, 0.75);
  for (const country of geography.countries) {
    context.fillStyle = colours.shades[shadeOf(country)] ?? '';
    context.fill(country.shape);
  }
  line(geography.borders, colours.border, 0.75);
  line(geography.coasts, colours.coast, 0.75);
  for (const { code, shape } of geography.countries) {
    if (code !== null && highlighted.has(code)) line(shape, colours.highlight, 1.75);
  }
}
