import ipaddr from 'ipaddr.js';
import { embeddedIpv4, type IpAddress, isInRange } from './ip-address.js';

/** Why an address has no place that a geolocation could know. */
export type UnlocatableAddressCode =
  | 'private_address'
  | 'loopback_address'
  | 'link_local_address'
  | 'shared_address'
  | 'documentation_address'
  | 'multicast_address'
  | 'unspecified_address'
  | 'reserved_address';

type Row = readonly [cidr: string, code: UnlocatableAddressCode | null];

/**
 * The IANA special-purpose registries, and multicast. Null marks a range as globally reachable within one that is not.
 * Where ranges overlap the longest prefix counts. What the registries call "N/A" (6to4, Teredo) is not marked reachable.
 * Sources: https://www.iana.org/assignments/iana-ipv4-special-registry and …/iana-ipv6-special-registry (RFC 6890).
 */
const REGISTRY: readonly Row[] = [
  ['0.0.0.0/8', 'reserved_address'],
  ['0.0.0.0/32', 'unspecified_address'],
  ['10.0.0.0/8', 'private_address'],
  ['100.64.0.0/10', 'shared_address'],
  ['127.0.0.0/8', 'loopback_address'],
  ['169.254.0.0/16', 'link_local_address'],
  ['172.16.0.0/12', 'private_address'],
  ['192.0.0.0/24', 'reserved_address'],
  ['192.0.0.9/32', null],
  ['192.0.0.10/32', null],
  ['192.0.2.0/24', 'documentation_address'],
  ['192.88.99.0/24', 'reserved_address'],
  ['192.168.0.0/16', 'private_address'],
  ['198.18.0.0/15', 'reserved_address'],
  ['198.51.100.0/24', 'documentation_address'],
  ['203.0.113.0/24', 'documentation_address'],
  ['224.0.0.0/4', 'multicast_address'],
  ['240.0.0.0/4', 'reserved_address'],
  ['::/128', 'unspecified_address'],
  ['::1/128', 'loopback_address'],
  ['64:ff9b:1::/48', 'private_address'],
  ['100::/64', 'reserved_address'],
  ['100:0:0:1::/64', 'reserved_address'],
  ['2001::/23', 'reserved_address'],
  ['2001:1::1/128', null],
  ['2001:1::2/128', null],
  ['2001:1::3/128', null],
  ['2001:3::/32', null],
  ['2001:4:112::/48', null],
  ['2001:20::/28', null],
  ['2001:30::/28', null],
  ['2001:db8::/32', 'documentation_address'],
  ['2002::/16', 'reserved_address'],
  ['3fff::/20', 'documentation_address'],
  ['5f00::/16', 'reserved_address'],
  ['fc00::/7', 'private_address'],
  ['fe80::/10', 'link_local_address'],
  ['ff00::/8', 'multicast_address'],
];

const LONGEST_PREFIX_FIRST = REGISTRY.map(([cidr, code]) => ({ range: ipaddr.parseCIDR(cidr), code })).sort(
  (a, b) => b.range[1] - a.range[1],
);

/** Why the address cannot be located, or null where a lookup may find a place. */
export function unlocatableCode(address: IpAddress): UnlocatableAddressCode | null {
  const meant = embeddedIpv4(address);
  return LONGEST_PREFIX_FIRST.find(({ range }) => isInRange(meant, range))?.code ?? null;
}
