import ipaddr from 'ipaddr.js';
import { type IpAddress, isInRange, parseIpAddress } from './ip-address.js';
import { isNetwork } from './sortable-address.js';

type Range = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

const NAMED_RANGES = new Map<string, readonly string[]>([
  ['loopback', ['127.0.0.0/8', '::1/128']],
  ['linklocal', ['169.254.0.0/16', 'fe80::/10']],
  ['uniquelocal', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']],
]);

/** Decides whether a hop is a proxy whose X-Forwarded-For entry is believed. Hop 0 is the peer of the connection. */
export type TrustsHop = (address: IpAddress, hop: number) => boolean;

/**
 * Reads TRUSTED_PROXIES: `none`, a number of hops, or a list of addresses, CIDR ranges and the names loopback, linklocal
 * and uniquelocal. A range is given by its first address: 10.0.0.5/8 is a slip of the length, and would trust many.
 * @returns null where a part is none of these
 */
export function parseTrustedProxies(text: string): TrustsHop | null {
  if (text === 'none') return () => false;
  if (/^\d{1,2}$/.test(text)) return (_address, hop) => hop < Number(text);
  const ranges: Range[] = [];
  for (const part of text.split(',').map((entry) => entry.trim())) {
    const found = rangesOf(part);
    if (found === null) return null;
    ranges.push(...found);
  }
  return (address) => ranges.some((range) => isInRange(address, range));
}

function rangesOf(part: string): Range[] | null {
  const named = NAMED_RANGES.get(part);
  if (named !== undefined) return named.map((cidr) => ipaddr.parseCIDR(cidr));
  const [addressText = '', prefixText, ...rest] = part.split('/');
  const address = parseIpAddress(addressText);
  if (address === null || rest.length > 0) return null;
  const bits = address.parsed.kind() === 'ipv4' ? 32 : 128;
  const prefixLength = prefixText === undefined ? bits : Number(prefixText);
  const isPrefix = prefixText === undefined || (/^\d{1,3}$/.test(prefixText) && prefixLength <= bits);
  return isPrefix && isNetwork(part) ? [[address.parsed, prefixLength]] : null;
}
