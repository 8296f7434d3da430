import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ALLOWED_IMPORTS, FORBIDDEN_IMPORTS } from './forbidden-imports.js';

const DEPENDENCIES = { '@nestjs/common': '1.0.0', '@opentelemetry/api': '1.0.0', bull: '1.0.0' };
const DEV_DEPENDENCIES = { vitest: '1.0.0', maxmind: '1.0.0' };
const INSTALLED = [...Object.keys(DEPENDENCIES), ...Object.keys(DEV_DEPENDENCIES), 'undeclared'];

/**
 * Lays out a tree of tiny modules as apps/ and libs/ under the temp folder, with the checkout's own `imports` map and
 * packages that hold nothing, and returns its path. The caller removes it.
 */
export function makeSandboxTree(): string {
  const folder = mkdtempSync(join(tmpdir(), 'whence-walls-'));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  write('package.json', JSON.stringify(sandboxPackage()));
  for (const name of INSTALLED) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(`node_modules/${name}/index.js`, '');
  }
  for (const [path, imports] of Object.entries(ALLOWED_IMPORTS)) write(path, importing(imports));
  for (const { from, imports } of FORBIDDEN_IMPORTS) write(from, importing([imports]));
  return folder;
}

function sandboxPackage(): object {
  const own = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { imports: unknown };
  return { type: 'module', imports: own.imports, dependencies: DEPENDENCIES, devDependencies: DEV_DEPENDENCIES };
}

function importing(modules: string[]): string {
  return [...modules.map((module) => `import '${module}';`), 'export const here = 1;', ''].join('\n');
}
