import { parseTrustedProxies } from '#libs/geolocation';
import type { ExtraCheck } from '#libs/platform';

/** Checks TRUSTED_PROXIES with the reader that will use it: addresses are geolocation's matter, not the platform's. */
export const checkTrustedProxies: ExtraCheck = ({ trustedProxies }) => {
  if (trustedProxies === undefined || parseTrustedProxies(trustedProxies) !== null) return [];
  const expected =
    'expected addresses, CIDR ranges by their first address, loopback, linklocal, uniquelocal, a number of hops, or none';
  return [{ name: 'TRUSTED_PROXIES', message: `${expected}; found ${JSON.stringify(trustedProxies)}` }];
};
