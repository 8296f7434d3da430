import { access, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { eventually } from './eventually.js';
import { freshDatabaseUrl } from './fresh-database.js';
import { freshRedisUrl } from './fresh-redis.js';
import { MariaDbServer } from './mariadb-server.js';
import { queryMariaDb } from './mariadb-database.js';
import { NginxServer } from './nginx-server.js';
import { ownMariaDbServer, ownRedisServer } from './own-servers.js';
import './provided-context.js';

function redisClient(url: string): Redis {
  const client = new Redis(url);
  client.on('error', () => undefined);
  onTestFinished(() => client.disconnect());
  return client;
}

describe('the shared servers', () => {
  it('answer', async () => {
    expect(await queryMariaDb(inject('mariaDbUrl'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await redisClient(inject('redisUrl')).ping()).toBe('PONG');
  });
});

describe('freshDatabaseUrl', () => {
  it('gives an empty MariaDB database that keeps any character', async () => {
    const url = await freshDatabaseUrl('mariadb');
    await queryMariaDb(url, 'CREATE TABLE note (text VARCHAR(20))');
    await queryMariaDb(url, "INSERT INTO note VALUES ('Zoë 🛰')");
    expect(await queryMariaDb(url, 'SELECT text FROM note')).toEqual([{ text: 'Zoë 🛰' }]);
  });

  it('never gives the same database twice', async () => {
    const urls = await Promise.all((['mariadb', 'mariadb', 'sqlite', 'sqlite'] as const).map(freshDatabaseUrl));
    expect(new Set(urls).size).toBe(4);
  });

  it('gives an account without rights over the server', async () => {
    const url = await freshDatabaseUrl('mariadb');
    await expect(queryMariaDb(url, 'SET GLOBAL max_connections = 5')).rejects.toThrow(/denied/i);
    await expect(queryMariaDb(url, 'SELECT user FROM mysql.user')).rejects.toThrow(/denied/i);
  });

  it('removes the databases when the test has finished', async () => {
    const made: string[] = [];
    // Registered before the clean-ups, it runs after them; a failure in it fails the test.
    onTestFinished(async () => {
      await expect(access(dirname(made[0].slice('sqlite:'.length)))).rejects.toThrow('ENOENT');
      await expect(queryMariaDb(made[1], 'SELECT 1')).rejects.toThrow(/unknown database/i);
    });
    made.push(await freshDatabaseUrl('sqlite'), await freshDatabaseUrl('mariadb'));
    await expect(access(dirname(made[0].slice('sqlite:'.length)))).resolves.toBeUndefined();
    await expect(queryMariaDb(made[1], 'SELECT 1')).resolves.toBeDefined();
  });
});

describe('freshRedisUrl', () => {
  it('gives empty servers that hear nothing of one another', async () => {
    const [one, other] = (await Promise.all([freshRedisUrl(), freshRedisUrl()])).map(redisClient);
    await one.set('key', 'value');
    expect(await other.get('key')).toBeNull();
    await other.subscribe('news');
    expect(await one.publish('news', 'x')).toBe(0);
  });
});

describe('MariaDbServer', () => {
  it('keeps its data and its url when killed and restarted', async () => {
    const server = await ownMariaDbServer();
    const url = await server.createDatabase();
    await queryMariaDb(url, 'CREATE TABLE kept (id INT PRIMARY KEY) ENGINE=InnoDB');
    await queryMariaDb(url, 'INSERT INTO kept VALUES (7)');
    await server.kill();
    await expect(queryMariaDb(url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
    await server.restart();
    expect(await queryMariaDb(url, 'SELECT id FROM kept')).toEqual([{ id: 7 }]);
  });

  it('needs no template', async () => {
    const server = await MariaDbServer.start();
    onTestFinished(() => server.stop());
    expect(await queryMariaDb(await server.createDatabase(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('RedisServer', () => {
  it('is empty after flushAll, and after a restart, at the same url', async () => {
    const server = await ownRedisServer();
    const client = redisClient(server.url);
    await client.set('key', 'value');
    await server.flushAll();
    expect(await client.get('key')).toBeNull();
    await client.set('key', 'value');
    await server.restart();
    expect(await eventually(() => client.get('key'))).toBeNull();
  });
});

describe('NginxServer', () => {
  it('leaves no folder behind where it does not start', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'whence-nginx-test-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    vi.stubEnv('TMPDIR', folder);
    onTestFinished(() => void vi.unstubAllEnvs());
    await expect(NginxServer.start([])).rejects.toThrow(/nginx/);
    expect(await readdir(folder)).toEqual([]);
  });
});
