import { describe, expect, it } from 'vitest';
import { databaseUrl } from './database-url.js';

describe('databaseUrl', () => {
  it.each([
    ['sqlite:data/whence.sqlite', 'data/whence.sqlite'],
    ['sqlite:/var/lib/whence.sqlite', '/var/lib/whence.sqlite'],
    ['sqlite:./a b#c?d.sqlite', './a b#c?d.sqlite'],
    ['sqlite::memory:', ':memory:'],
  ])('reads %s as a file', (text, path) => {
    expect(databaseUrl.parse(text)).toEqual({ kind: 'sqlite', path });
  });

  it.each([
    'mysql://db/whence',
    'mysql://whence:p%40ss@db.internal:3307/whence?ssl=true',
    'mysql://root@[::1]:3306/whence',
  ])('reads %s as a server', (url) => {
    expect(databaseUrl.parse(url)).toEqual({ kind: 'mysql', url });
  });

  it.each([
    'sqlite:',
    'sqlite://data/whence.sqlite',
    'sqlite',
    'data/whence.sqlite',
    'mysql://db',
    'mysql://db/',
    'mysql:///whence',
    'mysql:whence',
    'mariadb://db/whence',
    'postgres://db/whence',
    'mysql://db:port/whence',
    '',
  ])('refuses %j', (text) => {
    expect(databaseUrl.safeParse(text).success).toBe(false);
  });
});
