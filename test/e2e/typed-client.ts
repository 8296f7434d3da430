import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { atTestEnd } from '../support/at-test-end.js';
import { ROOT } from '../support/built.js';

const run = promisify(execFile);

/** What a user may set and what not: strict, and nothing of this repository's own settings. */
const COMPILER_OPTIONS = [
  '--strict',
  '--module',
  'nodenext',
  '--target',
  'es2022',
  '--types',
  'node',
  '--skipLibCheck',
];

/** The programs of test/client in a folder of their own, beside the types that openapi-typescript makes of openapi.json. */
export class TypedClient {
  private constructor(
    private readonly folder: string,
    /** Whatever openapi-typescript said beside the types. */
    readonly warnings: string,
  ) {}

  /** Makes the types by openapi-typescript's own defaults, into a folder that is gone when the test (or file) ends. */
  static async generate(): Promise<TypedClient> {
    const folder = await mkdtemp(join(tmpdir(), 'whence-client-'));
    atTestEnd(() => rm(folder, { recursive: true }));
    await cp(join(ROOT, 'test/client'), folder, { recursive: true });
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    const { stdout, stderr } = await run(bin('openapi-typescript'), [join(ROOT, 'openapi.json')]);
    await writeFile(join(folder, 'whence-api.ts'), stdout);
    return new TypedClient(folder, stderr);
  }

  /** Compiles all programs. @returns what the compiler complains of; empty when there is nothing */
  async compile(): Promise<string> {
    const programs = (await readdir(this.folder)).filter((name) => name.endsWith('.ts'));
    try {
      await run(bin('tsc'), [...COMPILER_OPTIONS, '--outDir', 'compiled', ...programs], { cwd: this.folder });
      return '';
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  }

  /** Runs a compiled program. @returns the JSON that it prints */
  async run(program: string, parameters: readonly string[]): Promise<unknown> {
    const { stdout } = await run(process.execPath, [join(this.folder, 'compiled', program), ...parameters]);
    return JSON.parse(stdout);
  }
}

function bin(name: string): string {
  return join(ROOT, 'node_modules/.bin', name);
}
