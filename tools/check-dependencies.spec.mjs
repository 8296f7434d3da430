import { describe, expect, it } from 'vitest';
import { dependencyList, dependencyProblems } from './check-dependencies.mjs';

const LOCKED = { version: '1.0.0', license: 'MIT', integrity: 'sha512-x' };
const lockOf = (path, changes = {}) => ({ packages: { '': { version: '0' }, [path]: { ...LOCKED, ...changes } } });

describe('dependencyProblems', () => {
  it('finds none where all is exact, verified and licensed', () => {
    expect(dependencyProblems({ dependencies: { a: '1.0.0' } }, lockOf('node_modules/a'))).toEqual([]);
  });

  it.each(['^1.0.0', '~1.0.0', '1', 'latest', '>=1.0.0', 'github:a/b'])('refuses the version %s', (version) => {
    expect(dependencyProblems({ devDependencies: { a: version } }, lockOf('node_modules/a'))).toEqual([
      `a: expected an exact version, found ${version}`,
    ]);
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

  it('lets a package be that is not shipped, or whose script is named', () => {
    expect(dependencyProblems({}, lockOf('node_modules/a', { license: 'MPL-2.0', dev: true }))).toEqual([]);
    const manifest = { allowScripts: { '@a/b': false } };
    expect(dependencyProblems(manifest, lockOf('node_modules/@a/b', { hasInstallScript: true }))).toEqual([]);
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
