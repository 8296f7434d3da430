import type { LocationErrorCode } from './event.js';

/** What `location_error.message` says for each code. */
export const LOCATION_ERROR_MESSAGES: Readonly<Record<LocationErrorCode, string>> = {
  private_address: 'The source address belongs to a private network.',
  loopback_address: 'The source address is the machine itself.',
  link_local_address: 'The source address is only valid on its own network segment.',
  shared_address: 'The source address is shared within a provider’s network (carrier-grade NAT).',
  documentation_address: 'The source address is reserved for documentation.',
  multicast_address: 'The source address is a multicast group.',
  unspecified_address: 'The source address is unspecified.',
  reserved_address: 'The source address is reserved and not reachable from the Internet.',
  not_found: 'The Geolocation API knows no place for the source address.',
  rejected: 'The Geolocation API refused the source address.',
  timeout: 'The Geolocation API did not answer in time, several times.',
  unavailable: 'The Geolocation API failed for this address, several times.',
  bad_answer: 'The Geolocation API gave no usable answer, several times.',
  address_forgotten: 'The source address had to be forgotten before it could be located.',
};
