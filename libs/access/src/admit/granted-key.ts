import { type AddressRange, embeddedIpv4, type IpAddress, parseAddressRange, sortableAddress } from '#libs/geolocation';
import type { Scope } from '#libs/platform';
import type { ApiKeyEntity } from '../persistence/api-key.entity.js';

/** An API key as requests are held against it. */
export interface GrantedKey {
  readonly id: string;
  readonly name: string;
  readonly secretHash: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Null where it may be used from anywhere. */
  readonly ranges: readonly AddressRange[] | null;
  readonly throttlePerMinute: number | null;
  readonly expiresAtMs: number | null;
}

/** What a row grants. A range that cannot be read lets nobody in. */
export function grantedKey(row: ApiKeyEntity): GrantedKey {
  const { id, name, secretHash, throttlePerMinute, expiresAtMs } = row;
  const ranges = row.cidrs?.split(',').flatMap((text) => parseAddressRange(text) ?? []) ?? null;
  const scopes = new Set(row.scopes.split(',') as Scope[]);
  return { id, name, secretHash, scopes, ranges, throttlePerMinute, expiresAtMs };
}

/** `admin` includes the others. */
export function hasScope({ scopes }: GrantedKey, scope: Scope): boolean {
  return scopes.has(scope) || scopes.has('admin');
}

/** An address that stands for one of IPv4 (NAT64) is in the ranges of either. */
export function mayComeFrom({ ranges }: GrantedKey, address: IpAddress): boolean {
  if (ranges === null) return true;
  return [address, embeddedIpv4(address)].map(sortableAddress).some((sortable) => isInAny(ranges, sortable));
}

function isInAny(ranges: readonly AddressRange[], sortable: string): boolean {
  return ranges.some(({ from, to }) => from <= sortable && sortable <= to);
}
