import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atTestEnd } from '../support/at-test-end.js';
import { ROOT } from '../support/built.js';

/** What a command left behind. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line as it was built, with nothing of the test's environment but what is given. */
export async function runCli(parameters: string[], settings: Record<string, string> = {}): Promise<Ran> {
  const cwd = await mkdtemp(join(tmpdir(), 'whence-cli-'));
  atTestEnd(() => rm(cwd, { recursive: true, force: true }));
  const main = join(ROOT, 'dist/apps/whence/src/cli.js');
  const child = spawn(process.execPath, [main, ...parameters], {
    cwd,
    env: { PATH: process.env['PATH'], ...settings },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, ...output };
}
