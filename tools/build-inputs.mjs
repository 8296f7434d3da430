import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const COMPILED = /^(apps|libs)[\\/][^\\/]+[\\/]src[\\/].*\.(ts|mjs)$/;
/** The page is bundled, of everything in its folder. */
const PAGE = /^apps[\\/]map[\\/].*\.\w+$/;
const PAGE_OUTPUT = 'dist/apps/map/index.html';
const NOT_BUILT = /\.(spec|d)\.ts$|[\\/]testing[\\/]/;
const SETTINGS = ['tsconfig.json', 'tsconfig.build.json', 'nest-cli.json', 'package.json'];

/**
 * The files that a build of `root` reads, in a fixed order: what tsconfig.build.json includes, and the settings.
 * @param {string} root
 * @returns {string[]} paths relative to root
 */
export function buildInputs(root) {
  const sources = ['apps', 'libs'].flatMap((folder) => {
    const path = join(root, folder);
    return existsSync(path) ? readdirSync(path, { recursive: true }).map((name) => join(folder, name)) : [];
  });
  const built = sources.filter((path) => (COMPILED.test(path) || PAGE.test(path)) && !NOT_BUILT.test(path));
  return [...built.sort(), ...SETTINGS.filter((path) => existsSync(join(root, path)))];
}

/**
 * A hash over the inputs' names and contents. Contents rather than times: a checkout of an older commit, a deleted file
 * and a copied folder are all told right, and reading a few hundred files takes some 10 ms.
 * @param {string} root
 */
export function fingerprint(root) {
  const hash = createHash('sha256');
  for (const path of buildInputs(root)) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

/**
 * The first file that a complete build has and `dist/` has not.
 * @param {string} root
 */
export function missingOutput(root) {
  const inputs = buildInputs(root);
  const compiled = inputs.filter((path) => COMPILED.test(path) && !PAGE.test(path));
  const outputs = compiled.map((path) => join('dist', path.replace(/\.ts$/, '.js')));
  if (inputs.some((path) => PAGE.test(path))) outputs.push(PAGE_OUTPUT);
  return outputs.find((path) => !existsSync(join(root, path)));
}
