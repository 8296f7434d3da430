import { type AddressRange, type IpAddress, parseAddressRange, sortableAddress } from '#libs/geolocation';
import type { Scope } from '#libs/platform';
import type { ApiKeyEntity } from '../persistence/api-key.entity.js';

/** An API key as requests are held against it. */
export interface GrantedKey {
  readonly id: string;
  readonly secretHash: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Null where it may be used from anywhere. */
  readonly ranges: readonly AddressRange[] | null;
  readonly throttlePerMinute: number | null;
  readonly expiresAtMs: number | null;
}

/** What a row grants. A range that cannot be read lets nobody in. */
export function grantedKey(row: ApiKeyEntity): GrantedKey {
  const { id, secretHash, throttlePerMinute, expiresAtMs } = row;
  const ranges = row.cidrs?.split(',').flatMap((text) => parseAddressRange(text) ?? []) ?? null;
  return { id, secretHash, scopes: new Set(row.scopes.split(',') as Scope[]), ranges, throttlePerMinute, expiresAtMs };
}

/** `admin` includes the others. */
export function hasScope({ scopes }: GrantedKey, scope: Scope): boolean {
  return scopes.has(scope) || scopes.has('admin');
}

export function mayComeFrom({ ranges }: GrantedKey, address: IpAddress): boolean {
  if (ranges === null) return true;
  const sortable = sortableAddress(address);
  return ranges.some(({ from, to }) => from <= sortable && sortable <= to);
}
