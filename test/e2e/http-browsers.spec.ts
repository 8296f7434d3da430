import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { atTestEnd } from '../support/at-test-end.js';
import { FakeGeoIpApi } from '../support/fake-geo-ip-api.js';
import { freshDatabaseUrl } from '../support/fresh-database.js';
import { ensureRequiredPrograms, requiredProgram } from '../support/required-programs.js';
import { WhenceApp } from '../support/whence-app.js';
import { HttpClient } from './http-client.js';
import { OPENAPI } from './http-openapi.js';

const PAGE = 'https://app.example.com';

async function start(settings: Record<string, string> = {}): Promise<{ url: string; client: HttpClient }> {
  const { url } = await WhenceApp.start(await freshDatabaseUrl('sqlite'), await FakeGeoIpApi.start({}), settings);
  return { url, client: new HttpClient(url) };
}

describe('for browsers', () => {
  it.each(['/event/', '/nothing', '/health/live', '/docs', '/event/not-an-id/'])(
    '%s has headers that protect',
    async (path) => {
      const { client } = await start();
      const { headers } = await client.send({ method: 'GET', path });
      expect(headers).toMatchObject({
        'content-security-policy': expect.stringContaining("default-src 'self'") as string,
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      });
      for (const name of ['server', 'x-powered-by', 'strict-transport-security', 'access-control-allow-origin']) {
        expect(headers[name]).toBeUndefined();
      }
    },
  );

  it('lets no page of another origin call it, unless told', async () => {
    const { client } = await start();
    const headers = { origin: PAGE, 'access-control-request-method': 'POST' };
    const preflight = await client.send({ method: 'OPTIONS', path: '/event/submit/', headers });
    expect(preflight.status).toBe(405);
    expect(preflight.headers['access-control-allow-origin']).toBeUndefined();
  });

  it.each(['off', 'required'])('lets the pages that it is told of call it, with AUTH=%s', async (AUTH) => {
    const { client } = await start({ CORS_ORIGINS: `https://other.example.com, ${PAGE}`, AUTH });
    const preflight = await client.send({
      method: 'OPTIONS',
      path: '/event/submit/',
      headers: { origin: PAGE, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-api-key' },
    });
    expect(preflight).toMatchObject({ status: 204, headers: { 'access-control-allow-origin': PAGE } });
    expect(String(preflight.headers['access-control-allow-headers'])).toContain('X-API-Key');
    const allowed = await client.send({ method: 'GET', path: '/event/', headers: { origin: PAGE } });
    expect(allowed).toMatchObject({
      status: AUTH === 'off' ? 200 : 401,
      headers: { 'access-control-allow-origin': PAGE },
    });
    expect(String(allowed.headers['access-control-expose-headers'])).toContain('X-Request-Id');
    const foreign = await client.send({
      method: 'GET',
      path: '/event/',
      headers: { origin: 'https://evil.example.com' },
    });
    expect(foreign.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('shows Swagger UI in Chromium, which its policy does not keep from anything', { timeout: 60_000 }, async () => {
    ensureRequiredPrograms(['chromium']);
    const { url } = await start();
    const { stdout, stderr } = await loaded(`${url}/docs`);
    for (const path of Object.keys(OPENAPI.paths)) expect(stdout).toContain(`data-path="${path}"`);
    expect(stdout).toContain('Authorize');
    expect(stderr.split('\n').filter((line) => /CONSOLE/.test(line))).toEqual([]);
  });
});

/** Loads the page, and returns what it has become and what it complained of. */
async function loaded(url: string): Promise<{ stdout: string; stderr: string }> {
  const profile = await mkdtemp(join(tmpdir(), 'whence-chromium-'));
  atTestEnd(() => rm(profile, { recursive: true, force: true }));
  const options = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    `--user-data-dir=${profile}`,
    '--enable-logging=stderr',
  ];
  const parameters = [...options, '--virtual-time-budget=15000', '--dump-dom', url];
  return promisify(execFile)(requiredProgram('chromium'), parameters, { timeout: 50_000, maxBuffer: 100_000_000 });
}
