import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';

const SOURCE = join(import.meta.dirname, '..');
const NODE_MODULES = join(SOURCE, '../../../node_modules');

/**
 * The stand-in compiled into a folder of its own, for tests that need it as a process. Node 20 cannot run TypeScript,
 * and a unit test must not depend on a build that may be missing or older than the sources.
 */
export class CompiledStandIn {
  private constructor(private readonly folder: string) {}

  static async compile(): Promise<CompiledStandIn> {
    const folder = await mkdtemp(join(tmpdir(), 'geoip-stand-in-'));
    await symlink(NODE_MODULES, join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    const sources = (await readdir(SOURCE)).filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'));
    await Promise.all(sources.map((file) => transpile(file, folder)));
    return new CompiledStandIn(folder);
  }

  get main(): string {
    return join(this.folder, 'main.js');
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true });
  }
}

async function transpile(file: string, folder: string): Promise<void> {
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
  const { outputText } = ts.transpileModule(await readFile(join(SOURCE, file), 'utf8'), { compilerOptions });
  await writeFile(join(folder, file.replace(/\.ts$/, '.js')), outputText);
}
