import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PAGE_PACKAGES } from '../apps/map/build/page-packages.mjs';

const LIST = fileURLToPath(new URL('../docs/dependencies.md', import.meta.url));
const REMEDY = 'node tools/check-dependencies.mjs --write';

/** What a package that is shipped may be licensed under: nothing here asks for the source of what uses it. */
const ALLOWED_LICENCES = new Set([
  'MIT',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'Python-2.0',
  '(MIT OR CC0-1.0)',
]);
const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/;
/** In an override: the version that package.json has of that package. */
const REFERENCE = /^\$[@\w/.-]+$/;

/**
 * @typedef {{ version: string, license?: string, integrity?: string, dev?: boolean, link?: boolean, hasInstallScript?: boolean }} Locked
 * @typedef {{ dependencies?: Record<string, string>, devDependencies?: Record<string, string>, optionalDependencies?: Record<string, string>, overrides?: Overrides, allowScripts?: Record<string, boolean> }} Manifest
 * @typedef {{ [name: string]: string | Overrides }} Overrides
 * @typedef {{ packages: Record<string, Locked> }} Lock
 */

/**
 * What is wrong with the dependencies: versions that are not exact or not verified, licences that are not known or not
 * wanted in what is shipped, and scripts at installation that package.json does not name.
 * @param {Manifest} manifest package.json
 * @param {Lock} lock package-lock.json
 * @returns {string[]} a line for each problem
 */
export function dependencyProblems(manifest, lock) {
  const { dependencies, devDependencies, optionalDependencies, overrides = {} } = manifest;
  const asked = [dependencies, devDependencies, optionalDependencies].flatMap((some) => Object.entries(some ?? {}));
  const inexact = [
    ...asked.filter(([, version]) => !EXACT.test(version)),
    ...overriddenIn(overrides, 'overrides').filter(([, version]) => !EXACT.test(version) && !REFERENCE.test(version)),
  ];
  return [
    ...inexact.map(([name, version]) => `${name}: expected an exact version, found ${version}`),
    ...packagesOf(lock).flatMap((locked) => packageProblems(locked, manifest.allowScripts ?? {})),
  ];
}

/** What stands in the overrides and in those within them, each with the way to it. */
function overriddenIn(overrides, way) {
  return Object.entries(overrides).flatMap(([name, value]) =>
    typeof value === 'string' ? [[`${way} > ${name}`, value]] : overriddenIn(value, `${way} > ${name}`),
  );
}

function packageProblems({ name, version, license, integrity, dev, hasInstallScript }, allowScripts) {
  const problems = [];
  if (integrity === undefined) problems.push('no integrity is locked');
  const isShipped = !dev || PAGE_PACKAGES.includes(name);
  if (license === undefined) problems.push('its licence is not known');
  else if (isShipped && !ALLOWED_LICENCES.has(license))
    problems.push(`${license} is not among the licences that are shipped`);
  if (hasInstallScript && !Object.hasOwn(allowScripts, name))
    problems.push('it has a script at installation that allowScripts does not name');
  return problems.map((problem) => `${name} ${version}: ${problem}`);
}

/**
 * The list of what is shipped, as a document.
 * @param {Lock} lock
 */
export function dependencyList(lock) {
  const all = packagesOf(lock);
  const shipped = rowsOf(all.filter(({ dev }) => !dev));
  const inPage = rowsOf(all.filter(({ name }) => PAGE_PACKAGES.includes(name)));
  const head = ['| package | version | licence |', '| --- | --- | --- |'];
  return [
    '# Dependencies\n',
    `What is shipped beside Whence's own code, from package-lock.json (\`${REMEDY}\`); \`npm run check\` sees to it that every`,
    'version is exact and its content verified, that each licence is one of those that may be shipped, and that no package runs a',
    'script at its installation but those that `allowScripts` in package.json names.\n',
    ...head,
    ...shipped,
    '\n## In the page\n',
    'What is built into the page at `/`, which has their licences in `assets/licences.txt`. The countries are those of Natural Earth, which',
    'are in the public domain.\n',
    ...head,
    ...inPage,
    '',
  ].join('\n');
}

function rowsOf(packages) {
  return [...new Set(packages.map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`))].sort();
}

/**
 * What is wrong with the document: that it is not there, or that it is not the list.
 * @param {string} path where it should be; nothing is written
 * @param {string} list what it should be
 * @returns {string[]}
 */
export function listProblems(path, list) {
  if (existsSync(path) && readFileSync(path, 'utf8') === list) return [];
  return [`docs/dependencies.md is out of date: ${REMEDY}`];
}

function packagesOf(lock) {
  return Object.entries(lock.packages)
    .filter(([path, { link }]) => path !== '' && !link)
    .map(([path, locked]) => ({
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      ...locked,
    }));
}

async function main() {
  const [manifest, lock] = ['package.json', 'package-lock.json'].map((name) =>
    JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')),
  );
  const { format } = await import('prettier');
  const list = await format(dependencyList(lock), { parser: 'markdown', printWidth: 120 });
  if (process.argv.includes('--write')) {
    writeFileSync(LIST, list);
    return 0;
  }
  const problems = [...dependencyProblems(manifest, lock), ...listProblems(LIST, list)];
  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main();
