import { rmSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Cruise, cruiseModules } from './cruise-modules.js';
import { ALLOWED_IMPORTS, FORBIDDEN_IMPORTS } from './forbidden-imports.js';
import { makeSandboxTree } from './sandbox-tree.js';

describe('the module walls', () => {
  let cruise: Cruise;

  beforeAll(() => {
    const folder = makeSandboxTree();
    cruise = cruiseModules(folder);
    return () => rmSync(folder, { recursive: true });
  });

  function rulesBrokenBy(path: string): string[] {
    const names = cruise.summary.violations.filter(({ from }) => from === path).map(({ rule }) => rule.name);
    return [...new Set(names)];
  }

  it.each(FORBIDDEN_IMPORTS)('$rule: $from may not import $imports', ({ rule, from }) => {
    expect(rulesBrokenBy(from)).toEqual([rule]);
  });

  it.each(Object.keys(ALLOWED_IMPORTS))('leave %s alone', (path) => {
    expect(rulesBrokenBy(path)).toEqual([]);
  });

  it('have each rule proved by an import that must fail', () => {
    const rules = cruise.summary.ruleSetUsed.forbidden.map(({ name }) => name);
    expect(new Set(FORBIDDEN_IMPORTS.map(({ rule }) => rule))).toEqual(new Set(rules));
  });
});

describe('the modules of this checkout', () => {
  let cruise: Cruise;

  beforeAll(() => {
    cruise = cruiseModules();
  });

  it('keep the walls', () => {
    const found = cruise.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
    expect(found).toEqual([]);
  });

  // Were TypeScript or `#libs/…` no longer understood, there would be nothing to find.
  it('are really read, and their imports followed', () => {
    const imports = cruise.modules.flatMap(({ source, dependencies }) =>
      dependencies.map(({ module, resolved }) => ({ source, module, resolved })),
    );
    const acrossLibs = imports.filter(({ module }) => module.startsWith('#libs/'));
    expect(cruise.modules.filter(({ source }) => /^(apps|libs)\/.*\.ts$/.test(source)).length).toBeGreaterThan(20);
    expect(acrossLibs.filter(({ source }) => source.startsWith('libs/'))).not.toEqual([]);
    expect(acrossLibs.filter(({ resolved }) => !/^libs\/[^/]+\/src\/index\.ts$/.test(resolved))).toEqual([]);
  });
});
