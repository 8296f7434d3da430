import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { PAGE_PACKAGES } from './page-packages.mjs';

const PACKAGES = join(import.meta.dirname, '..', '..', '..', 'node_modules');

/** Puts the licences of what is built in beside its files, as they ask for. Fails the build where one is not known. */
export function licences(): Plugin {
  return {
    name: 'licences',
    apply: 'build',
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        for (const module of chunk.type === 'chunk' ? chunk.moduleIds : []) refuseUnknown(module);
      }
      this.emitFile({
        type: 'asset',
        fileName: 'assets/licences.txt',
        source: PAGE_PACKAGES.map(licenceOf).join('\n\n'),
      });
    },
  };
}

function refuseUnknown(module: string): void {
  const name = /node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(module)?.[1];
  if (name !== undefined && !PAGE_PACKAGES.includes(name))
    throw new Error(`${name} is built into the page, and is not among PAGE_PACKAGES in build/page-packages.mjs`);
}

function licenceOf(name: string): string {
  const folder = join(PACKAGES, name);
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt'].map((each) => join(folder, each)).find(existsSync);
  if (file === undefined) throw new Error(`${name} has no licence that could be shown`);
  return `${name} ${version}\n\n${readFileSync(file, 'utf8').trim()}\n`;
}
