import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { atTestEnd } from '../support/at-test-end.js';
import { ensureBuilt, ROOT } from '../support/built.js';

beforeAll(ensureBuilt);

describe('a start that cannot succeed', () => {
  it('logs why as a line of JSON on standard output too, where logs are read', async () => {
    const main = join(ROOT, 'dist/apps/whence/src/main.js');
    const cwd = await mkdtemp(join(tmpdir(), 'whence-start-'));
    atTestEnd(() => rm(cwd, { recursive: true }));
    const options = { cwd, env: { PORT: 'abc', LOG_LEVEL: 'loud' } };
    const reason = 'Whence cannot start: 2 settings are wrong.\n  PORT: ';
    const failed: unknown = await promisify(execFile)(process.execPath, [main], options).catch(
      (error: unknown) => error,
    );
    const { code, stdout, stderr } = failed as { code: number; stdout: string; stderr: string };
    expect([code, stderr]).toEqual([1, expect.stringContaining(reason)]);
    const line = { level: 'fatal', context: 'Start', msg: expect.stringContaining(reason), time: expect.any(String) };
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((text) => JSON.parse(text) as object),
    ).toEqual([expect.objectContaining(line)]);
  });
});
