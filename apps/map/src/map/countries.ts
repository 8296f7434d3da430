import { geoGraticule, geoPath } from 'd3-geo';
import { feature, mesh } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import coarseUrl from 'world:110m';
import fineUrl from 'world:50m';
import { projection } from './projection.js';

export interface Country {
  /** The country code that places there have: ISO 3166-1 alpha-2, or XK; null for a territory without one. */
  readonly code: string | null;
  /** In the units of the world, like everything here. */
  readonly shape: Path2D;
}

/** What the map is drawn of. */
export interface Geography {
  /** Those that lie upon others come after them. A code may have several: what is governed apart. */
  readonly countries: readonly Country[];
  readonly borders: Path2D;
  readonly coasts: Path2D;
  readonly graticule: Path2D;
}

type World = Topology<{ countries: GeometryCollection }>;

const pathOf = geoPath(projection);

/** The world in a few kilobytes. */
export function loadCoarse(): Promise<Geography> {
  return load(coarseUrl);
}

/** What can be seen of it from near, or on a large screen. */
export function loadFine(): Promise<Geography> {
  return load(fineUrl);
}

async function load(url: string): Promise<Geography> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`the map cannot be loaded: ${answer.status}`);
  return geographyOf((await answer.json()) as World);
}

function geographyOf(world: World): Geography {
  const { countries } = world.objects;
  const graticule = geoGraticule()
    .extentMajor([
      [-180, -56],
      [180, 83],
    ])
    .extentMinor([
      [-180, -56],
      [180, 83],
    ])
    .step([30, 30]);
  return {
    countries: feature(world, countries).features.map((country) => ({
      code: typeof country.id === 'string' ? country.id : null,
      shape: new Path2D(pathOf(country) ?? ''),
    })),
    borders: new Path2D(pathOf(mesh(world, countries, (one, other) => one !== other)) ?? ''),
    coasts: new Path2D(pathOf(mesh(world, countries, (one, other) => one === other)) ?? ''),
    graticule: new Path2D(pathOf(graticule()) ?? ''),
  };
}
