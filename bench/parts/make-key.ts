import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Installation } from './installation.js';

const CLI = 'dist/apps/whence/src/cli.js';

/** An API key to submit with, made by the service's own command line. */
export async function makeKey({ databaseUrl }: Installation, name: string): Promise<string> {
  const wish = ['keys', 'create', '--name', name, '--scopes', 'submit', '--json'];
  const env = { PATH: process.env['PATH'], DATABASE_URL: databaseUrl };
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...wish], { env });
  return (JSON.parse(stdout) as { key: string }).key;
}
