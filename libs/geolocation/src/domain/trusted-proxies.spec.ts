import { describe, expect, it } from 'vitest';
import { address } from '../testing/address.js';
import { parseTrustedProxies } from './trusted-proxies.js';

describe('parseTrustedProxies', () => {
  /** Which of the addresses are trusted as the peer. */
  const trusted = (text: string, addresses: string[]) => {
    const trusts = parseTrustedProxies(text);
    if (trusts === null) throw new Error(`"${text}" was refused`);
    return addresses.filter((candidate) => trusts(address(candidate), 0));
  };

  it.each([
    ['none', []],
    ['loopback', ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']],
    ['linklocal', ['169.254.1.1', 'fe80::1']],
    ['uniquelocal', ['10.1.2.3', '172.31.0.1', '192.168.0.1', 'fd00::1']],
    ['10.0.0.0/8', ['10.1.2.3']],
    ['10.1.2.3', ['10.1.2.3']],
    ['8.8.8.8/32', ['8.8.8.8']],
    ['::ffff:10.1.2.3', ['10.1.2.3']],
    [
      '0.0.0.0/0',
      ['127.0.0.1', '127.9.9.9', '::ffff:127.0.0.1', '169.254.1.1', '10.1.2.3', '172.31.0.1', '192.168.0.1', '8.8.8.8'],
    ],
    ['fd00::/8, 8.8.8.8 ,linklocal', ['169.254.1.1', 'fe80::1', 'fd00::1', '8.8.8.8']],
  ])('with %s trusts %j', (text, expected) => {
    const all = [
      '127.0.0.1',
      '127.9.9.9',
      '::1',
      '::ffff:127.0.0.1',
      '169.254.1.1',
      'fe80::1',
      '10.1.2.3',
      '172.31.0.1',
    ];
    expect(trusted(text, [...all, '192.168.0.1', 'fd00::1', '8.8.8.8', '2a00::1'])).toEqual(expected);
  });

  it.each([
    ['1', 1],
    ['2', 2],
    ['12', 12],
  ])('with %s trusts that many hops, whatever their addresses', (text, hops) => {
    const trusts = parseTrustedProxies(text);
    expect([hops - 1, hops].map((hop) => trusts?.(address('8.8.8.8'), hop))).toEqual([true, false]);
  });

  it('with 0 hops trusts nobody', () => {
    expect(trusted('0', ['127.0.0.1', '10.1.2.3'])).toEqual([]);
  });

  it.each([
    '',
    ',',
    'loopback,',
    'Loopback',
    'all',
    'proxy.internal',
    '10.0.0.0/33',
    '10.0.0.5/24',
    'fd00::5/64',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/0x8',
    '10.0.0',
    '010.0.0.1',
    '10.0.0.1:80',
    'fd00::/129',
    '::ffff:10.0.0.0/104',
    '-1',
    '1.5',
    '100',
    '2,10.0.0.1',
    'none,loopback',
    'constructor',
    '__proto__',
    'toString',
  ])('refuses %j', (text) => {
    expect(parseTrustedProxies(text)).toBeNull();
  });
});
