import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { address } from '../testing/address.js';
import { lookupKeyOf } from './lookup-key.js';
import { truncatedAddress } from './truncated-address.js';

describe('truncatedAddress', () => {
  it.each([
    ['203.0.113.77', '203.0.113.0'],
    ['81.2.69.0', '81.2.69.0'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::'],
    ['2a00:1450:4009:80b::200e', '2a00:1450:4009::'],
    ['::1', '::'],
    ['::ffff:81.2.69.142', '81.2.69.0'],
    // NAT64: the IPv4 address is in the last 32 bits, and is what is looked up.
    ['64:ff9b::5102:458e', '81.2.69.0'],
    // 6to4: 2002 and the IPv4 address.
    ['2002:5102:458e:1::2', '2002:5102:4500::'],
  ])('of %s leaves %s', (text, truncated) => {
    expect(truncatedAddress(address(text))).toBe(truncated);
  });

  it('is the same for all addresses of a lookup key, and leaves alone what is truncated', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const parsed = address(text);
        const truncated = truncatedAddress(parsed);
        const [ofKey = ''] = lookupKeyOf(parsed).split('/');
        expect(truncatedAddress(address(ofKey))).toBe(truncated);
        expect(truncatedAddress(address(truncated))).toBe(truncated);
      }),
    );
  });
});
