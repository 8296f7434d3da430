import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Plugin } from 'vite';
import { type Atlas, compactWorld } from './compact-world.js';

/** What `import url from 'world:110m'` may name, and steps over the whole width: more than a screen would show is dropped. */
const STEPS = { 'world:110m': 5_000, 'world:50m': 10_000 } as const;

/**
 * Gives the page Natural Earth's countries as files of its own: `import url from 'world:110m'` is where the coarse ones are,
 * `world:50m` the finer ones.
 */
export function world(): Plugin {
  return {
    name: 'world',
    apply: 'build',
    resolveId: (id) => (id in STEPS ? `\0${id}` : null),
    load(id) {
      const name = id.slice(1) as keyof typeof STEPS;
      if (!id.startsWith('\0') || !(name in STEPS)) return null;
      const source = JSON.stringify(compactWorld(atlas(name), STEPS[name]));
      const reference = this.emitFile({ type: 'asset', name: `${name.replace(':', '-')}.json`, source });
      return `export default import.meta.ROLLUP_FILE_URL_${reference};`;
    },
  };
}

function atlas(name: string): Atlas {
  const path = createRequire(import.meta.url).resolve(`world-atlas/countries-${name.split(':')[1]}.json`);
  return JSON.parse(readFileSync(path, 'utf8')) as Atlas;
}
