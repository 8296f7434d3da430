import { describe, expect, it } from 'vitest';
import { parseIpAddress } from '#libs/geolocation';
import type { ApiKeyEntity } from '../persistence/api-key.entity.js';
import { grantedKey, mayComeFrom } from './granted-key.js';

const ROW: ApiKeyEntity = {
  id: '0123456789ab',
  name: 'web',
  secretHash: '0'.repeat(64),
  scopes: 'read',
  cidrs: null,
  throttlePerMinute: null,
  createdAtMs: 0,
  expiresAtMs: null,
  revokedAtMs: null,
};

function mayUse(cidrs: string | null, addressText: string): boolean {
  const address = parseIpAddress(addressText);
  if (address === null) throw new Error(`${addressText} is no address`);
  return mayComeFrom(grantedKey({ ...ROW, cidrs }), address);
}

describe('mayComeFrom', () => {
  it.each([
    [null, '81.2.69.142', true],
    ['10.0.0.0/8', '10.1.2.3', true],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['10.0.0.0/8', '11.1.2.3', false],
    ['2001:db8::/32', '2001:db8::1', true],
    ['no range', '10.1.2.3', false],
  ])('with %j lets %s in: %s', (cidrs, address, expected) => {
    expect(mayUse(cidrs, address)).toBe(expected);
  });

  it.each([
    ['10.0.0.0/8', '64:ff9b::10.1.2.3', true],
    ['10.0.0.0/8', '64:ff9b::11.1.2.3', false],
    ['64:ff9b::/96', '64:ff9b::11.1.2.3', true],
    ['10.0.0.0/8', '64:ff9b:1::10.1.2.3', false],
  ])('takes an address of NAT64 for the IPv4 address that it stands for: with %j lets %s in: %s', (...row) => {
    const [cidrs, address, expected] = row;
    expect(mayUse(cidrs, address)).toBe(expected);
  });
});
