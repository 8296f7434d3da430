import { describe, expect, it } from 'vitest';
import { sourceIpOf } from './source-ip.js';
import { parseTrustedProxies } from './trusted-proxies.js';

const CLIENT = '81.2.69.142';
const SPOOFED = '8.8.8.8';

function sourceIp(
  peer: string,
  forwardedFor: string | undefined,
  trustedProxies = 'loopback,10.0.0.0/8',
): string | null {
  const trusts = parseTrustedProxies(trustedProxies);
  if (trusts === null) throw new Error(`"${trustedProxies}" was refused`);
  return sourceIpOf(peer, forwardedFor, trusts)?.text ?? null;
}

describe('sourceIpOf', () => {
  it.each([
    ['the peer where there is no header', CLIENT, undefined, CLIENT],
    ['the peer where it is no trusted proxy, whatever it sends', CLIENT, SPOOFED, CLIENT],
    ['the peer where a trusted one sends an empty header', '127.0.0.1', '', '127.0.0.1'],
    ['the entry of a trusted proxy', '127.0.0.1', CLIENT, CLIENT],
    ['the right-most entry, not what the client wrote left of it', '127.0.0.1', `${SPOOFED}, ${CLIENT}`, CLIENT],
    [
      'the first untrusted one behind several proxies',
      '127.0.0.1',
      `${SPOOFED}, ${CLIENT}, 10.0.0.7, 10.0.0.8`,
      CLIENT,
    ],
    ['the same where the client spoofs a trusted address', '127.0.0.1', `10.0.0.1, ${CLIENT}, 10.0.0.8`, CLIENT],
    ['the left-most where every hop is trusted', '127.0.0.1', '10.0.0.9, 10.0.0.8', '10.0.0.9'],
    ['the peer as IPv4 where the socket maps it to IPv6', `::ffff:${CLIENT}`, undefined, CLIENT],
    ['the entry behind a mapped trusted peer', '::ffff:127.0.0.1', CLIENT, CLIENT],
    ['the entry behind an IPv6 peer', '::1', '2a00:1450:4009:80b::200e', '2a00:1450:4009:80b::200e'],
    ['all the same with blanks and none', '127.0.0.1', ` ${CLIENT} ,10.0.0.7,\t10.0.0.8 `, CLIENT],
  ])('is %s', (_what, peer, forwardedFor, expected) => {
    expect(sourceIp(peer, forwardedFor)).toBe(expected);
  });

  it.each([
    [`${CLIENT}:51234`, CLIENT],
    ['[2a00:1450::1]:51234', '2a00:1450::1'],
    ['[2a00:1450::1]', '2a00:1450::1'],
    ['2A00:1450:0::1', '2a00:1450::1'],
    ['[fe80::1%eth0]:80', 'fe80::1'],
    [`::ffff:${CLIENT}`, CLIENT],
    [`[::ffff:${CLIENT}]:80`, CLIENT],
  ])('reads the entry %s as %s', (entry, expected) => {
    expect(sourceIp('127.0.0.1', entry)).toBe(expected);
  });

  it.each([
    'unknown',
    '_hidden',
    '"81.2.69.142"',
    '81.2.69.142:',
    '81.2.69.142:http',
    '81.2.69.142:123456',
    '081.2.69.142',
    '81.2.69',
    '[81.2.69.142]:80',
    '[2a00:1450::1',
    '[2a00:1450::1]80',
    '2a00:1450::1]:80',
    'for=81.2.69.142',
    '',
    ' ',
  ])('stops at the malformed entry %j, at the last address that was sure', (entry) => {
    expect(sourceIp('127.0.0.1', `${SPOOFED}, ${entry}, 10.0.0.7`)).toBe('10.0.0.7');
  });

  it('counts hops where it is told how many proxies there are', () => {
    const forwardedFor = `${SPOOFED}, ${CLIENT}, 203.0.113.9`;
    const sources = ['none', '0', '1', '2', '3', '9'].map((hops) => sourceIp('192.0.2.1', forwardedFor, hops));
    expect(sources).toEqual(['192.0.2.1', '192.0.2.1', '203.0.113.9', CLIENT, SPOOFED, SPOOFED]);
  });

  it('reads a repeated header as one, in the order in which it was sent', () => {
    const joined = [`${SPOOFED}, ${CLIENT}`, '10.0.0.7'].join(',');
    expect(sourceIp('127.0.0.1', joined)).toBe(CLIENT);
  });

  it('takes as long a header as can be sent', () => {
    expect(sourceIp('127.0.0.1', `${CLIENT},`.concat('10.0.0.7,'.repeat(5_000), '10.0.0.8'))).toBe(CLIENT);
  });

  it('knows no source for a peer that has no address', () => {
    expect(sourceIp('', CLIENT)).toBeNull();
  });
});
