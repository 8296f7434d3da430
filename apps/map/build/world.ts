import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Plugin } from 'vite';
import { type Atlas, compactWorld } from './compact-world.js';

/**
 * What `import url from 'world:110m'` may name: of which of Natural Earth's scales it is made, the next ones for what the first
 * one leaves out, and steps over the whole width: more than a screen would show is dropped.
 */
const WORLDS = {
  'world:110m': { scales: ['110m', '50m', '10m'], steps: 5_000 },
  'world:50m': { scales: ['50m', '10m'], steps: 10_000 },
} as const;

/** The names of the worlds. */
export type WorldName = keyof typeof WORLDS;

/**
 * Gives the page Natural Earth's countries as files of its own: `import url from 'world:110m'` is where the coarse ones are,
 * `world:50m` the finer ones.
 */
export function world(): Plugin {
  return {
    name: 'world',
    apply: 'build',
    resolveId: (id) => (id in WORLDS ? `\0${id}` : null),
    load(id) {
      const name = id.slice(1) as WorldName;
      if (!id.startsWith('\0') || !(name in WORLDS)) return null;
      const source = JSON.stringify(makeWorld(name));
      const reference = this.emitFile({ type: 'asset', name: `${name.replace(':', '-')}.json`, source });
      return `export default import.meta.ROLLUP_FILE_URL_${reference};`;
    },
  };
}

/** A topology whose object `countries` has alpha-2 codes as ids. */
export function makeWorld(name: WorldName): Atlas {
  const { scales, steps } = WORLDS[name];
  return compactWorld(
    scales.map((scale) => atlas(scale)),
    steps,
  );
}

function atlas(scale: string): Atlas {
  const path = createRequire(import.meta.url).resolve(`world-atlas/countries-${scale}.json`);
  return JSON.parse(readFileSync(path, 'utf8')) as Atlas;
}
