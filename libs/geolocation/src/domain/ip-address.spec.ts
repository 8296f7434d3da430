import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { address } from '../testing/address.js';
import { embeddedIpv4, isInRange, parseIpAddress } from './ip-address.js';

describe('parseIpAddress', () => {
  it.each([
    ['81.2.69.142', '81.2.69.142'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['2A00:1450:4009:080B:0000:0000:0000:200E', '2a00:1450:4009:80b::200e'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['::', '::'],
    ['::1', '::1'],
    ['::ffff:81.2.69.142', '81.2.69.142'],
    ['::FFFF:5102:458e', '81.2.69.142'],
    ['0:0:0:0:0:ffff:5102:458e', '81.2.69.142'],
    ['fe80::1%eth0', 'fe80::1'],
    ['fe80::1%25', 'fe80::1'],
    ['::ffff:10.0.0.1%eth0', '10.0.0.1'],
    ['64:ff9b::5102:458e', '64:ff9b::5102:458e'],
    // IPv4-compatible addresses are deprecated, and no IPv4 addresses.
    ['::81.2.69.142', '::5102:458e'],
    ['::5102:458e', '::5102:458e'],
    ['0:0:0:0:0:0:81.2.69.142', '::5102:458e'],
  ])('reads %s as %s', (text, canonical) => {
    expect(parseIpAddress(text)?.text).toBe(canonical);
  });

  it.each([
    '',
    ' ',
    'localhost',
    '81.2.69',
    '81.2.69.142.1',
    '81.2.69.256',
    '081.2.69.142',
    '0121.2.69.142',
    '0x51.2.69.142',
    '1359103374',
    '81.2.69.142 ',
    ' 81.2.69.142',
    '81.2.69.142:443',
    '81.2.69.142/32',
    '81.2.69.142%eth0',
    '[::1]',
    '[::1]:443',
    '::1/128',
    ':::',
    '1::2::3',
    '2001:db8::12345',
    '2001:db8:1:2:3:4:5:6:7',
    '::ffff:081.2.69.142',
    '::1%eth0\n::2',
    '８1.2.69.142',
  ])('refuses %j', (text) => {
    expect(parseIpAddress(text)).toBeNull();
  });

  it('gives an address one text however it is written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const written = new ipaddr.IPv6([...bytes]);
        const texts = [written.toNormalizedString(), written.toNormalizedString().toUpperCase(), written.toString()];
        const read = texts.map((text) => address(text).text);
        expect(new Set(read).size).toBe(1);
        expect(address(read[0] ?? '').text).toBe(read[0]);
      }),
    );
  });
});

describe('isInRange', () => {
  it.each([
    ['10.255.255.255', '10.0.0.0/8', true],
    ['11.0.0.0', '10.0.0.0/8', false],
    ['::1', '127.0.0.0/8', false],
    ['127.0.0.1', '::/0', false],
    ['::ffff:127.0.0.1', '127.0.0.0/8', true],
    ['fd00::1', 'fc00::/7', true],
  ])('says of %s in %s: %s', (text, cidr, expected) => {
    expect(isInRange(address(text), ipaddr.parseCIDR(cidr))).toBe(expected);
  });
});

describe('embeddedIpv4', () => {
  it.each([
    ['64:ff9b::5102:458e', '81.2.69.142'],
    ['64:ff9b::10.0.0.1', '10.0.0.1'],
    ['64:ff9b:1::5102:458e', '64:ff9b:1::5102:458e'],
    ['64:ff9b:0:1::5102:458e', '64:ff9b:0:1::5102:458e'],
    ['81.2.69.142', '81.2.69.142'],
    ['2002:5102:458e::1', '2002:5102:458e::1'],
  ])('takes %s for %s', (text, meant) => {
    expect(embeddedIpv4(address(text)).text).toBe(meant);
  });
});
