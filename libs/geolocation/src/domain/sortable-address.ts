import ipaddr from 'ipaddr.js';
import { type IpAddress, parseIpAddress } from './ip-address.js';

/** Addresses from the first to the last, both included, in their sortable form. */
export interface AddressRange {
  readonly from: string;
  readonly to: string;
}

/**
 * An address as text whose order is the order of addresses: 4 and 8 hexadecimal digits for IPv4, 6 and 32 for IPv6. A
 * CIDR range is then a range of texts, and one of IPv4 holds no IPv6 address.
 */
export function sortableAddress(address: IpAddress): string {
  return sortable(address.parsed.toByteArray());
}

/** The address of a sortable form. */
export function addressOf(sortable: string): IpAddress {
  const parsed = ipaddr.fromByteArray([...Buffer.from(sortable.slice(1), 'hex')]);
  return { text: parsed instanceof ipaddr.IPv6 ? parsed.toRFC5952String() : parsed.toString(), parsed };
}

/**
 * Reads an address or a CIDR range such as 81.2.69.0/24 or 2a00:1450::/32; bits beyond the prefix are of no account.
 * @returns null for other text
 */
export function parseAddressRange(text: string): AddressRange | null {
  const [addressText = '', prefix, ...rest] = text.split('/');
  const address = parseIpAddress(addressText);
  if (address === null || rest.length > 0) return null;
  if (prefix === undefined) return { from: sortableAddress(address), to: sortableAddress(address) };
  const prefixLength = /^(0|[1-9]\d{0,2})$/.test(prefix) ? Number(prefix) : NaN;
  const bytes = address.parsed.toByteArray();
  // An IPv4-mapped range is one of IPv4, and its prefix counts from where the IPv4 address begins.
  const isMapped = bytes.length === 4 && addressText.includes(':');
  const ownLength = isMapped ? prefixLength - 96 : prefixLength;
  if (!(ownLength >= 0 && ownLength <= bytes.length * 8)) return null;
  return {
    from: sortable(bytes.map((byte, index) => byte & maskOf(ownLength, index))),
    to: sortable(bytes.map((byte, index) => byte | (~maskOf(ownLength, index) & 0xff))),
  };
}

/**
 * An address or a CIDR range as it is usually written, a range by its first address and one of IPv4-mapped addresses as IPv4.
 * @returns null for other text
 */
export function usualRangeText(text: string): string | null {
  const range = parseAddressRange(text);
  if (range === null) return null;
  const [addressText = '', prefix] = text.split('/');
  const first = addressOf(range.from).text;
  if (prefix === undefined) return first;
  const isMapped = addressText.includes(':') && !first.includes(':');
  return `${first}/${isMapped ? Number(prefix) - 96 : prefix}`;
}

/**
 * Whether no bit is set behind the prefix of the range that the text is: 9.9.9.0/24, and not 9.9.9.9/0, which is a slip of the
 * length. @param text that `parseAddressRange` reads
 */
export function isNetwork(text: string): boolean {
  const [addressText = '', prefix] = text.split('/');
  const address = parseIpAddress(addressText);
  return prefix === undefined || (address !== null && parseAddressRange(text)?.from === sortableAddress(address));
}

/** The length of the prefix that the text ends with; null of a single address. */
export function prefixLengthOf(text: string): number | null {
  const prefix = text.split('/')[1];
  return prefix === undefined ? null : Number(prefix);
}

/** The bits of the byte that belong to the prefix. */
function maskOf(prefixLength: number, byteIndex: number): number {
  const bits = Math.min(8, Math.max(0, prefixLength - byteIndex * 8));
  return (0xff << (8 - bits)) & 0xff;
}

function sortable(bytes: readonly number[]): string {
  const family = bytes.length === 4 ? '4' : '6';
  return family + bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
