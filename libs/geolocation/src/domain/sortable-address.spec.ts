import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { isInRange, parseIpAddress } from './ip-address.js';
import { parseAddressRange, sortableAddress, usualRangeText } from './sortable-address.js';

const orderOf = (text: string) => {
  const address = parseIpAddress(text);
  return address === null ? null : sortableAddress(address);
};

describe('sortableAddress', () => {
  it.each([
    ['0.0.0.0', '400000000'],
    ['81.2.69.142', '45102458e'],
    ['::ffff:81.2.69.142', '45102458e'],
    ['::', `6${'0'.repeat(32)}`],
    ['2a00:1450:4009:80b::1', '62a0014504009080b0000000000000001'],
  ])('writes %s as %s', (text, expected) => {
    expect(orderOf(text)).toBe(expected);
  });
});

describe('parseAddressRange', () => {
  it.each([
    ['81.2.69.142', '45102458e', '45102458e'],
    ['81.2.69.142/32', '45102458e', '45102458e'],
    ['81.2.69.142/24', '451024500', '4510245ff'],
    ['0.0.0.0/0', '400000000', '4ffffffff'],
    ['255.255.255.255/1', '480000000', '4ffffffff'],
    ['::/0', `6${'0'.repeat(32)}`, `6${'f'.repeat(32)}`],
    ['::ffff:81.2.69.142/120', '451024500', '4510245ff'],
    ['2a00:1450::/32', `62a001450${'0'.repeat(24)}`, `62a001450${'f'.repeat(24)}`],
  ])('reads %s', (text, from, to) => {
    expect(parseAddressRange(text)).toEqual({ from, to });
  });

  it.each([
    '',
    '/8',
    '81.2.69',
    '81.2.69.0/33',
    '81.2.69.0/-1',
    '81.2.69.0/',
    '81.2.69.0/08',
    '1.2.3.4/8/8',
    '::/129',
    '::ffff:1.2.3.4/95',
    'x',
  ])('refuses %j', (text) => {
    expect(parseAddressRange(text)).toBeNull();
  });

  it('means just the addresses of the range', () => {
    const ipv4 = fc.ipV4();
    const prefix = fc.integer({ min: 0, max: 32 });
    const ipv6 = fc.ipV6().filter((text) => parseIpAddress(text)?.parsed.kind() === 'ipv6');
    const cases = fc.oneof(
      fc.record({ network: ipv4, prefix, address: fc.oneof(ipv4, ipv6) }),
      fc.record({ network: ipv6, prefix: fc.integer({ min: 0, max: 128 }), address: fc.oneof(ipv4, ipv6) }),
    );
    fc.assert(
      fc.property(cases, ({ network, prefix: length, address }) => {
        const range = parseAddressRange(`${network}/${length}`);
        const parsed = parseIpAddress(address);
        if (range === null || parsed === null) throw new Error('drew what is no address');
        const networkParsed = parseIpAddress(network)?.parsed ?? ipaddr.parse(network);
        const order = sortableAddress(parsed);
        expect(order >= range.from && order <= range.to).toBe(isInRange(parsed, [networkParsed, length]));
      }),
    );
  });
});

describe('usualRangeText', () => {
  it.each([
    ['10.0.0.5/8', '10.0.0.0/8'],
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1/32', '192.0.2.1/32'],
    ['2001:DB8:0::1/32', '2001:db8::/32'],
    ['::ffff:10.0.0.5/104', '10.0.0.0/8'],
    ['10.0.0.0/33', null],
    ['anywhere', null],
  ])('writes %s as %s', (text, expected) => {
    expect(usualRangeText(text)).toBe(expected);
  });
});
