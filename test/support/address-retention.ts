import { AddressRetention } from '#libs/geolocation';
import { loadSettings } from '#libs/platform';

/** A secret for tests that keep no addresses. */
export const IP_HASH_SECRET = 'a secret for tests, of 32 characters or more';

/** What may be kept of addresses, under a policy. */
export function addressRetention(policy: 'full' | 'truncate' | 'drop' = 'full'): AddressRetention {
  return new AddressRetention(loadSettings({ IP_RETENTION: policy, IP_HASH_SECRET }));
}
