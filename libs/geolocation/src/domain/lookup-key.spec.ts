import { describe, expect, it } from 'vitest';
import { address } from '../testing/address.js';
import { isLookupKey, lookupKeyOf, soleLookupKeyOf } from './lookup-key.js';
import { parseAddressRange } from './sortable-address.js';

describe('lookupKeyOf', () => {
  it.each([
    ['81.2.69.142', '81.2.69.142'],
    ['::ffff:81.2.69.142', '81.2.69.142'],
    ['64:ff9b::81.2.69.142', '81.2.69.142'],
    ['2a00:1450:4009:80b::200e', '2a00:1450:4009:80b::/64'],
    ['2a00:1450:4009:80b:ffff:ffff:ffff:ffff', '2a00:1450:4009:80b::/64'],
    ['2a00:1450:4009:80c::', '2a00:1450:4009:80c::/64'],
    ['2a00:0:0:1:2:3:4:5', '2a00:0:0:1::/64'],
    ['2a00::1', '2a00::/64'],
  ])('of %s is %s', (text, key) => {
    expect(lookupKeyOf(address(text))).toBe(key);
  });

  it.each(['81.2.69.142', '2a00:1450:4009:80b::200e', '::ffff:81.2.69.142'])('of %s can be a lookup key', (text) => {
    expect(isLookupKey(lookupKeyOf(address(text)))).toBe(true);
  });

  it.each(['', 'wait', '/64', 'x/64', '81.2.69.142:lock', '81.2.69', '2a00::/64:lock', '2a00::', '1'])(
    'can never be %j',
    (text) => expect(isLookupKey(text)).toBe(false),
  );

  it('fits its column for the longest address', () => {
    expect(lookupKeyOf(address('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff')).length).toBeLessThanOrEqual(64);
  });
});

describe('soleLookupKeyOf', () => {
  it.each([
    ['81.2.69.142', '81.2.69.142'],
    ['81.2.69.142/32', '81.2.69.142'],
    ['81.2.69.142/31', null],
    ['2a00:1450:4009:80b::200e', '2a00:1450:4009:80b::/64'],
    ['2a00:1450:4009:80b::/64', '2a00:1450:4009:80b::/64'],
    ['2a00:1450:4009:80b::/63', null],
    ['64:ff9b::81.2.69.142', '81.2.69.142'],
    ['::/0', null],
  ])('of %s is %s', (text, key) => {
    expect(soleLookupKeyOf(parseAddressRange(text) ?? { from: '', to: '' })).toBe(key);
  });
});
