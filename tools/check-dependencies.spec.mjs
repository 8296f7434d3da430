import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dependencyList, dependencyProblems, listProblems } from './check-dependencies.mjs';

const LOCKED = { version: '1.0.0', license: 'MIT', integrity: 'sha512-x' };
const lockOf = (path, changes = {}) => ({ packages: { '': { version: '0' }, [path]: { ...LOCKED, ...changes } } });

describe('dependencyProblems', () => {
  it('finds none where all is exact, verified and licensed', () => {
    expect(dependencyProblems({ dependencies: { a: '1.0.0' } }, lockOf('node_modules/a'))).toEqual([]);
  });

  const INEXACT = ['^1.0.0', '~1.0.0', '1', 'latest', '>=1.0.0', 'github:a/b'];

  it.each(INEXACT)('refuses the version %s, of whatever is asked for', (version) => {
    for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies']) {
      expect(dependencyProblems({ [kind]: { a: version } }, lockOf('node_modules/a'))).toEqual([
        `a: expected an exact version, found ${version}`,
      ]);
    }
  });

  it('refuses an exact version beside one that is not, of the same package', () => {
    const manifest = { dependencies: { a: '^1.0.0' }, devDependencies: { a: '1.0.0' } };
    expect(dependencyProblems(manifest, lockOf('node_modules/a'))).toHaveLength(1);
  });

  it.each(INEXACT)('refuses the override %s, nested ones too', (version) => {
    const overrides = { a: version, b: { '.': '1.0.0', '@c/d': { e: version } } };
    expect(dependencyProblems({ overrides }, lockOf('node_modules/a'))).toEqual([
      `overrides > a: expected an exact version, found ${version}`,
      `overrides > b > @c/d > e: expected an exact version, found ${version}`,
    ]);
  });

  it('lets an override be what package.json has itself, and nothing else', () => {
    const overrides = { a: '1.0.0', b: { a: '$a', '@c/d': '$@c/d.js' } };
    expect(dependencyProblems({ overrides }, lockOf('node_modules/a'))).toEqual([]);
    expect(dependencyProblems({ dependencies: { a: '$b' } }, lockOf('node_modules/a'))).toHaveLength(1);
  });

  it.each([
    ['no integrity', { integrity: undefined }],
    ['no licence', { license: undefined }],
    ['a licence that is not wanted', { license: 'AGPL-3.0' }],
    ['a script at installation', { hasInstallScript: true }],
  ])('refuses a package with %s, nested ones too', (_name, changes) => {
    for (const path of ['node_modules/a', 'node_modules/b/node_modules/a']) {
      expect(dependencyProblems({}, lockOf(path, changes))).toEqual([expect.stringMatching(/^a 1\.0\.0: /)]);
    }
  });

  it('looks at what is built into the page as at what is shipped', () => {
    const lock = lockOf('node_modules/d3-geo', { license: 'MPL-2.0', dev: true });
    expect(dependencyProblems({}, lock)).toEqual(['d3-geo 1.0.0: MPL-2.0 is not among the licences that are shipped']);
    expect(dependencyList(lock)).toContain('| d3-geo | 1.0.0 | MPL-2.0 |');
  });

  it('lets a package be that is not shipped, or whose script is named', () => {
    expect(dependencyProblems({}, lockOf('node_modules/a', { license: 'MPL-2.0', dev: true }))).toEqual([]);
    const manifest = { allowScripts: { '@a/b': false } };
    expect(dependencyProblems(manifest, lockOf('node_modules/@a/b', { hasInstallScript: true }))).toEqual([]);
  });

  it.each(['constructor', 'toString', '__proto__'])('takes no script for named since objects have a %s', (name) => {
    const lock = lockOf(`node_modules/${name}`, { hasInstallScript: true });
    expect(dependencyProblems({ allowScripts: {} }, lock)).toEqual([expect.stringContaining('allowScripts')]);
  });
});

describe('listProblems', () => {
  it('finds a document that is another, and makes none where there is none', () => {
    const folder = mkdtempSync(join(tmpdir(), 'whence-list-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'dependencies.md');
    expect(listProblems(path, '')).toHaveLength(1);
    expect(existsSync(path)).toBe(false);
    writeFileSync(path, 'list\n');
    expect(listProblems(path, 'list\n')).toEqual([]);
    expect(listProblems(path, 'longer list\n')).toHaveLength(1);
  });
});

describe('dependencyList', () => {
  it('names what is shipped, once', () => {
    const packages = {
      ...lockOf('node_modules/a').packages,
      'node_modules/b/node_modules/a': LOCKED,
      'node_modules/c': { ...LOCKED, dev: true },
    };
    expect(dependencyList({ packages }).match(/^\| (a|b|c) .*/gm)).toEqual(['| a | 1.0.0 | MIT |']);
  });
});
