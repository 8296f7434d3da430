import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { SECURITY_HEADERS } from '../../libs/platform/src/http/security-headers.js';
import { nginxBefore } from '../integration/nginx-world.js';
import { ensureBuilt, ROOT } from '../support/built.js';
import { FakeGeoIpApi } from '../support/fake-geo-ip-api.js';
import { freshDatabaseUrl } from '../support/fresh-database.js';
import { WhenceApp } from '../support/whence-app.js';

const BUILT = join(ROOT, 'dist', 'apps', 'map');
const MOST_BYTES = 200_000;
const POLICY = 'content-security-policy';

async function start(settings: Record<string, string> = {}): Promise<WhenceApp> {
  return WhenceApp.start(await freshDatabaseUrl('sqlite'), await FakeGeoIpApi.start(), settings);
}

/** As a browser asks, without taking the answer apart. */
function get(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> {
  return fetch(url, { method, headers: { 'accept-encoding': 'identity', accept: 'text/html', ...headers } });
}

describe('the page at /', () => {
  let app: WhenceApp;
  /** The files that the page has, and may have, as it names them. */
  let files: string[];
  beforeAll(async () => {
    await ensureBuilt();
    app = await start({ AUTH: 'required' });
    files = readdirSync(BUILT, { recursive: true, encoding: 'utf8' }).filter(
      (path) => /\.\w+$/.test(path) && !/\.(br|gz)$/.test(path) && statSync(join(BUILT, path)).isFile(),
    );
  }, 300_000);

  it('is there without a key, and asked for each time; what it shows is not there', async () => {
    const page = await get(`${app.url}/?country_code=GB`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.headers.get('cache-control')).toBe('no-cache');
    expect(await page.text()).toBe(readFileSync(join(BUILT, 'index.html'), 'utf8'));
    const kept = { 'if-none-match': page.headers.get('etag') ?? '', 'cache-control': 'max-age=0' };
    const again = await get(app.url, kept);
    expect([again.status, again.headers.get(POLICY)]).toEqual([304, null]);
    for (const path of ['/event/', '/event/stats/?by=name', '/event/stream/', '/location/status', '/docs', '/nothing'])
      expect((await get(`${app.url}${path}`)).status).toBe(401);
  });

  it('has files whose names change with their content, and are kept for good', async () => {
    expect(files.filter((path) => path.startsWith('assets'))).toHaveLength(6);
    for (const path of files) {
      const { status, headers } = await get(`${app.url}/${path}`);
      const isHashed = path.startsWith('assets') && !path.endsWith('licences.txt');
      expect([path, status, headers.get('cache-control')]).toEqual([
        path,
        200,
        isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
      ]);
    }
  });

  it('runs and loads nothing but its own', async () => {
    const { headers } = await get(app.url);
    expect(Object.fromEntries(headers)).toMatchObject({ ...SECURITY_HEADERS, [POLICY]: expect.any(String) as string });
    expect((headers.get(POLICY) ?? '').split(';').sort()).toEqual([
      "base-uri 'none'",
      "connect-src 'self'",
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "img-src 'self'",
      "script-src 'self'",
      "style-src 'self'",
    ]);
    const html = readFileSync(join(BUILT, 'index.html'), 'utf8');
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=/);
    expect([...html.matchAll(/\s(?:src|href)="(?!#)([^"]+)"/g)].map(([, url]) => url).filter(isLoaded)).toEqual([]);
  });

  it.each([
    ['br', '.br'],
    ['gzip', '.gz'],
  ])('comes compressed for who takes %s', async (encoding, extension) => {
    const [script = ''] = files.filter((path) => path.endsWith('.js'));
    for (const path of ['', script]) {
      const { headers } = await get(`${app.url}/${path}`, { 'accept-encoding': encoding }, 'HEAD');
      const file = join(BUILT, `${path || 'index.html'}${extension}`);
      expect(headers.get('content-encoding')).toBe(encoding);
      expect(headers.get('content-length')).toBe(String(statSync(file).size));
      expect(headers.get('vary')?.toLowerCase()).toBe('accept-encoding');
    }
  });

  it('is not large, with all that it may load', () => {
    const bytes = files
      .map((path) => join(BUILT, path))
      .map((path) => statSync(existsSync(`${path}.br`) ? `${path}.br` : path).size);
    expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(MOST_BYTES);
  });

  it('has the licences of what is built in', () => {
    const text = readFileSync(join(BUILT, 'assets', 'licences.txt'), 'utf8');
    for (const name of ['d3-geo', 'topojson-client', 'world-atlas'])
      expect(text).toMatch(new RegExp(`^${name} \\d[^]*Permission to use, copy, modify`, 'm'));
  });

  it('is refused as everything else is: by other methods, names and conditions', async () => {
    const open = await start();
    const post = await get(open.url, {}, 'POST');
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'HEAD, GET']);
    for (const path of ['/assets/', '/assets/nothing.js', '/index.html.br'])
      expect((await get(`${open.url}${path}`)).status).toBe(404);
    const unmet = await get(open.url, { 'if-match': '"another"' });
    expect([unmet.status, unmet.headers.get('content-type')]).toEqual([412, 'application/json; charset=utf-8']);
  });

  it('has nothing but its own files, whatever leads elsewhere', async () => {
    const open = await start();
    const root = relative(BUILT, ROOT);
    expect(existsSync(join(BUILT, root, 'package.json'))).toBe(true);
    for (const path of pathsTo(`${root}/package.json`)) {
      const answer = await answerTo(open.url, path);
      expect([path, answer]).toEqual([path, expect.stringMatching(/^HTTP\/1\.1 40[04] /)]);
    }
  });

  it('passes nginx, with all that it asks for', async () => {
    const open = await start();
    const nginx = await nginxBefore([open.url]);
    for (const path of ['/', ...files.map((file) => `/${file}`), '/location/status', '/event/stats/?by=name'])
      expect([path, (await get(`${nginx.url}${path}`)).status]).toEqual([path, 200]);
  });
});

/** Ways from the page's files to another one, as those write them who look for what is not meant for them. */
function pathsTo(file: string): string[] {
  const separators = ['/', '%2f', '%252f', '\\', '%5c', '%255c'];
  const dots = ['..', '%2e%2e', '.%2e', '%252e%252e', '..;', '..%00', '%c0%ae%c0%ae'];
  const steps = file.split('/');
  const written = separators.flatMap((separator) =>
    dots.map((up) => steps.map((step) => (step === '..' ? up : step)).join(separator)),
  );
  const climbing = written.flatMap((path) => [`/${path}`, `/assets/../${path}`, `/assets/%2e%2e%2f${path}`]);
  return [...climbing, `/${file}%00.html`, '/index.html%00', '/assets/%00', '//etc/passwd', '/%2fetc%2fpasswd', '/./.'];
}

/** What is answered to a path that is sent as it is, as no client that takes an address would send it. */
async function answerTo(url: string, path: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.end(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`);
  return text(socket);
}

/** Whether a browser loads it from elsewhere; links of people are no matter. */
function isLoaded(url: string | undefined): boolean {
  const isPeoples = /^https:\/\/(www\.naturalearthdata\.com|db-ip\.com|creativecommons\.org)/.test(url ?? '');
  return !isPeoples && /^(https?:)?\/\//.test(url ?? '');
}
