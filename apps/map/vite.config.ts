import { defineConfig } from 'vite';
import { compress } from './build/compress.js';
import { licences } from './build/licences.js';
import { world } from './build/world.js';

/** The page of Whence. It is served by the service itself, as the files that this leaves in dist/apps/map. */
export default defineConfig({
  root: import.meta.dirname,
  // The page may be served under a path of a proxy's.
  base: './',
  logLevel: 'warn',
  build: {
    outDir: '../../dist/apps/map',
    emptyOutDir: true,
    target: 'es2022',
    // A picture within a style sheet would be one more thing for the policy of pages to allow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  plugins: [world(), licences(), compress()],
});
