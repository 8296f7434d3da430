import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CompiledStandIn } from './testing/compiled-stand-in.js';

/** Forks the stand-in and says where it listens. Killing this process leaves the stand-in an orphan. */
const FORKING_PARENT = `
  const child = require('node:child_process').fork(process.argv[1], { stdio: 'ignore' });
  child.once('message', ({ url }) => console.log(JSON.stringify({ url, pid: child.pid })));
`;

describe('the process of the stand-in', { timeout: 20_000 }, () => {
  let compiled: CompiledStandIn;
  const started: ChildProcess[] = [];

  beforeAll(async () => {
    compiled = await CompiledStandIn.compile();
  });

  afterEach(() => {
    started.splice(0).forEach((child) => child.kill('SIGKILL'));
  });

  afterAll(async () => {
    await compiled.remove();
  });

  function keep(child: ChildProcess): ChildProcess {
    started.push(child);
    return child;
  }

  const alone = (env: Record<string, string>) => keep(spawn(process.execPath, [compiled.main], { env }));
  const forked = (env: Record<string, string> = {}) => keep(fork(compiled.main, { env, stdio: 'pipe' }));
  const firstLine = async (child: ChildProcess) =>
    JSON.parse((await once(linesOf(child), 'line'))[0] as string) as unknown;
  const linesOf = (child: ChildProcess) => createInterface({ input: child.stdout! });
  const exitOf = async (child: ChildProcess) => (await once(child, 'exit')) as [number | null, string | null];

  async function errorsOf(child: ChildProcess): Promise<string> {
    let text = '';
    for await (const chunk of child.stderr!) text += String(chunk);
    return text;
  }

  it('logs one line with its address and the attribution, answers, and stops with 0 on SIGTERM', async () => {
    const child = alone({ STAND_IN_PORT: '0', STAND_IN_SEED: '7' });
    const line = (await firstLine(child)) as { msg: string };
    expect(line).toMatchObject({ attribution: 'IP Geolocation by DB-IP, https://db-ip.com, CC BY 4.0', seed: 7 });
    const url = /^geoip-stand-in listening on (http:\/\/127\.0\.0\.1:\d+)$/.exec(line.msg)?.[1];
    expect((await fetch(`${url}/stats`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await exitOf(child)).toEqual([0, null]);
  });

  it('names all wrong settings and exits with 1', async () => {
    const child = alone({ STAND_IN_PORT: 'x', STAND_IN_FAULT: 'y' });
    const [errors, exit] = await Promise.all([errorsOf(child), exitOf(child)]);
    expect(errors).toMatch(/STAND_IN_PORT is "x".*\n.*STAND_IN_FAULT is "y"/);
    expect(exit).toEqual([1, null]);
  });

  it('tells its parent where it listens, ignores signals, and exits with 0 when the channel ends', async () => {
    const child = forked();
    const [message] = (await once(child, 'message')) as [{ type: string; url: string }];
    expect(message).toEqual({ type: 'listening', url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string });
    child.kill('SIGINT');
    child.kill('SIGTERM');
    expect((await fetch(`${message.url}/stats`)).status).toBe(200);
    child.disconnect();
    expect(await exitOf(child)).toEqual([0, null]);
  });

  it('tells its parent why it cannot start', async () => {
    const child = forked({ STAND_IN_REQUESTS_PER_SECOND: 'many' });
    const [messages, exit] = await Promise.all([once(child, 'message'), exitOf(child)]);
    const reason = expect.stringContaining('STAND_IN_REQUESTS_PER_SECOND is "many"') as string;
    expect(messages[0]).toEqual({ type: 'failed', message: reason });
    expect(exit).toEqual([1, null]);
  });

  it('does not outlive a parent that is killed', async () => {
    const parent = keep(spawn(process.execPath, ['-e', FORKING_PARENT, compiled.main], { env: {} }));
    const { url } = (await firstLine(parent)) as { url: string };
    expect((await fetch(`${url}/stats`)).status).toBe(200);
    parent.kill('SIGKILL');
    const reachable = () => fetch(`${url}/stats`).then(Boolean, () => false);
    await expect.poll(reachable, { timeout: 5_000 }).toBe(false);
  });

  it('exits when its parent leaves while it still loads', async () => {
    const child = forked();
    child.disconnect();
    expect(await exitOf(child)).toEqual([0, null]);
  });
});
