import { describe, expect, it } from 'vitest';
import { address } from '../testing/address.js';
import { type UnlocatableAddressCode, unlocatableCode } from './special-purpose.js';

/** A range by its first and last address, what they are, and the addresses right before and after, and what those are. */
type RangeRow = readonly [
  first: string,
  last: string,
  code: UnlocatableAddressCode,
  before: readonly [string, UnlocatableAddressCode | null] | null,
  after: readonly [string, UnlocatableAddressCode | null] | null,
];

const RANGES: readonly RangeRow[] = [
  ['0.0.0.1', '0.255.255.255', 'reserved_address', ['0.0.0.0', 'unspecified_address'], ['1.0.0.0', null]],
  ['10.0.0.0', '10.255.255.255', 'private_address', ['9.255.255.255', null], ['11.0.0.0', null]],
  ['100.64.0.0', '100.127.255.255', 'shared_address', ['100.63.255.255', null], ['100.128.0.0', null]],
  ['127.0.0.0', '127.255.255.255', 'loopback_address', ['126.255.255.255', null], ['128.0.0.0', null]],
  ['169.254.0.0', '169.254.255.255', 'link_local_address', ['169.253.255.255', null], ['169.255.0.0', null]],
  ['172.16.0.0', '172.31.255.255', 'private_address', ['172.15.255.255', null], ['172.32.0.0', null]],
  ['192.0.0.0', '192.0.0.255', 'reserved_address', ['191.255.255.255', null], ['192.0.1.0', null]],
  ['192.0.2.0', '192.0.2.255', 'documentation_address', ['192.0.1.255', null], ['192.0.3.0', null]],
  ['192.88.99.0', '192.88.99.255', 'reserved_address', ['192.88.98.255', null], ['192.88.100.0', null]],
  ['192.168.0.0', '192.168.255.255', 'private_address', ['192.167.255.255', null], ['192.169.0.0', null]],
  ['198.18.0.0', '198.19.255.255', 'reserved_address', ['198.17.255.255', null], ['198.20.0.0', null]],
  ['198.51.100.0', '198.51.100.255', 'documentation_address', ['198.51.99.255', null], ['198.51.101.0', null]],
  ['203.0.113.0', '203.0.113.255', 'documentation_address', ['203.0.112.255', null], ['203.0.114.0', null]],
  ['224.0.0.0', '239.255.255.255', 'multicast_address', ['223.255.255.255', null], ['240.0.0.0', 'reserved_address']],
  ['240.0.0.0', '255.255.255.255', 'reserved_address', ['239.255.255.255', 'multicast_address'], null],
  ['64:ff9b:1::', '64:ff9b:1:ffff:ffff:ffff:ffff:ffff', 'private_address', null, ['64:ff9b:2::', null]],
  ['100::', '100::ffff:ffff:ffff:ffff', 'reserved_address', ['ff:ffff::', null], ['100:0:0:1::', 'reserved_address']],
  ['100:0:0:1::', '100::1:ffff:ffff:ffff:ffff', 'reserved_address', null, ['100:0:0:2::', null]],
  ['2001::', '2001:0:ffff::', 'reserved_address', ['2000:ffff::', null], null],
  ['2001:2::', '2001:2:ffff::', 'reserved_address', null, ['2001:3::', null]],
  ['2001:10::', '2001:1f:ffff::', 'reserved_address', null, ['2001:20::', null]],
  ['2001:40::', '2001:1ff:ffff::', 'reserved_address', ['2001:3f:ffff::', null], ['2001:200::', null]],
  ['2001:db8::', '2001:db8:ffff::', 'documentation_address', ['2001:db7:ffff::', null], ['2001:db9::', null]],
  ['2002::', '2002:ffff::', 'reserved_address', ['2001:ffff::', null], ['2003::', null]],
  ['3fff::', '3fff:fff:ffff::', 'documentation_address', ['3ffe:ffff::', null], ['3fff:1000::', null]],
  ['5f00::', '5f00:ffff::', 'reserved_address', ['5eff:ffff::', null], ['5f01::', null]],
  ['fc00::', 'fdff:ffff::', 'private_address', ['fbff:ffff::', null], ['fe00::', null]],
  ['fe80::', 'febf:ffff::', 'link_local_address', ['fe7f:ffff::', null], ['fec0::', null]],
  ['ff00::', 'ffff:ffff::', 'multicast_address', ['feff:ffff::', null], null],
];

describe('unlocatableCode', () => {
  it.each(RANGES)('calls %s to %s %s, and no address beyond', (first, last, code, before, after) => {
    const edges = [[first, code], [last, code], before, after].filter((edge) => edge !== null);
    const found = edges.map(([text]) => [text, unlocatableCode(address(text))]);
    expect(found).toEqual(edges);
  });

  it.each([
    ['0.0.0.0', 'unspecified_address'],
    ['::', 'unspecified_address'],
    ['::1', 'loopback_address'],
    ['255.255.255.255', 'reserved_address'],
  ])('knows the single address %s as %s', (text, code) => {
    expect(unlocatableCode(address(text))).toBe(code);
  });

  it.each([
    ['192.0.0.9', '192.0.0.8', '192.0.0.11'],
    ['192.0.0.10', '192.0.0.8', '192.0.0.11'],
    ['2001:1::1', '2001:1::', '2001:1::4'],
    ['2001:1::2', '2001:1::', '2001:1::4'],
    ['2001:1::3', '2001:1::', '2001:1::4'],
    ['2001:3::', '2001:2:ffff::', '2001:4::'],
    ['2001:3:ffff::', '2001:2:ffff::', '2001:4::'],
    ['2001:4:112::', '2001:4:111::', '2001:4:113::'],
    ['2001:20::', '2001:1f:ffff::', '2001:40::'],
    ['2001:2f:ffff::', '2001:1f:ffff::', '2001:40::'],
    ['2001:30::', '2001:1f:ffff::', '2001:40::'],
    ['2001:3f:ffff::', '2001:1f:ffff::', '2001:40::'],
  ])(
    'lets %s be located, which is reachable within a reserved range, but neither %s nor %s',
    (inside, before, after) => {
      expect([inside, before, after].map((text) => unlocatableCode(address(text)))).toEqual([
        null,
        'reserved_address',
        'reserved_address',
      ]);
    },
  );

  it.each([
    '81.2.69.142',
    '8.8.8.8',
    '192.31.196.1',
    '192.52.193.1',
    '192.175.48.1',
    '2a00:1450::1',
    '2620:4f:8000::1',
  ])('lets %s be located', (text) => {
    expect(unlocatableCode(address(text))).toBeNull();
  });

  it.each([
    ['::ffff:10.0.0.1', 'private_address'],
    ['64:ff9b::127.0.0.1', 'loopback_address'],
    ['64:ff9b::81.2.69.142', null],
  ])('looks into %s for the IPv4 address it stands for', (text, code) => {
    expect(unlocatableCode(address(text))).toBe(code);
  });
});
