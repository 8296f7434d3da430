import { describe, expect, it } from 'vitest';
import { databaseUrl, encryptionOf } from './database-url.js';

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
    'mysql://db/whence?ssl=Amazon%20RDS',
    'mysql://db/whence?ssl=Amazon+RDS',
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
    'mysql://db/whence?ssl=false',
    'mysql://db/whence?ssl=',
    'mysql://db/whence?ssl=true&ssl=true',
    'mysql://db/whence?ssl=true&connectionLimit=5',
    'mysql://db/whence?charset=latin1',
    '',
  ])('refuses %j', (text) => {
    expect(databaseUrl.safeParse(text).success).toBe(false);
  });
});

describe('encryptionOf', () => {
  it.each([
    ['mysql://db/whence', null],
    ['mysql://db/whence?ssl=true', 'true'],
    ['mysql://db/whence?ssl=Amazon%20RDS', 'Amazon RDS'],
  ])('reads from %s that it is %s', (url, expected) => {
    expect(encryptionOf(url)).toBe(expected);
  });
});
