/** A part of another's shape that has a code of its own: west, south, east and north of it, in degrees. */
interface Territory {
  readonly code: string;
  readonly within: string;
  readonly bounds: readonly [west: number, south: number, east: number, north: number];
}

/** The name of a shape that has no code and is of two territories. */
const INDIAN_OCEAN = 'Indian Ocean Ter.';

/**
 * Natural Earth draws countries with all that they govern. ISO 3166-1, and so the databases of IP addresses, tell these apart.
 */
const TERRITORIES: readonly Territory[] = [
  { code: 'GF', within: 'FR', bounds: [-55, 2, -51, 6] },
  { code: 'GP', within: 'FR', bounds: [-62, 15.7, -60.9, 16.6] },
  { code: 'MQ', within: 'FR', bounds: [-61.4, 14.3, -60.7, 15] },
  { code: 'RE', within: 'FR', bounds: [55, -21.5, 56, -20.8] },
  { code: 'YT', within: 'FR', bounds: [44.9, -13.1, 45.4, -12.5] },
  { code: 'BQ', within: 'NL', bounds: [-69, 11.9, -62.8, 17.8] },
  { code: 'SJ', within: 'NO', bounds: [-10, 70, -7, 72] },
  { code: 'SJ', within: 'NO', bounds: [10, 73, 35, 81] },
  { code: 'BV', within: 'NO', bounds: [3, -55, 4, -54] },
  { code: 'TK', within: 'NZ', bounds: [-173, -10, -171, -8] },
  { code: 'CX', within: INDIAN_OCEAN, bounds: [105, -11, 106, -10] },
  { code: 'CC', within: INDIAN_OCEAN, bounds: [96, -13, 97, -11] },
];

/**
 * Shapes without a number of ISO 3166-1, by the code that events from there have: XK is what the databases give Kosovo; for
 * the others they have none but these.
 */
const CODES: Readonly<Record<string, string>> = { Kosovo: 'XK', 'N. Cyprus': 'CY', Somaliland: 'SO' };

/**
 * The alpha-2 code of a polygon; null where none is of it alone.
 * @param id ISO 3166-1 numeric of its country, where that has one
 * @param place longitude and latitude of any point of it
 */
export function codeOf(id: string | undefined, name: string, place: readonly [number, number]): string | null {
  const country = id === undefined ? (CODES[name] ?? null) : alpha2(id);
  const [longitude, latitude] = place;
  const territory = TERRITORIES.find(({ within, bounds: [west, south, east, north] }) => {
    const isInside = longitude > west && longitude < east && latitude > south && latitude < north;
    return isInside && within === (country ?? name);
  });
  return territory?.code ?? country;
}

/** Unicode says which alpha-2 code stands for which numeric one. */
function alpha2(numeric: string): string {
  const region = new Intl.Locale(`und-${numeric}`).region ?? '';
  if (!/^[A-Z]{2}$/.test(region)) throw new Error(`no alpha-2 code is known for ${numeric}`);
  return region;
}
