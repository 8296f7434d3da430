import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** An IP address in its canonical text: dotted decimal, or RFC 5952 for IPv6. Two texts are equal iff the addresses are. */
export interface IpAddress {
  readonly text: string;
  readonly parsed: ipaddr.IPv4 | ipaddr.IPv6;
}

/**
 * Reads an address strictly: no octal or shortened IPv4, no port. IPv4-mapped IPv6 (::ffff:0:0/96) becomes IPv4, since
 * it is the same host; a zone index (%eth0) is dropped, since it means something on this machine only.
 * @returns null for what is no IP address
 */
export function parseIpAddress(text: string): IpAddress | null {
  const withoutZone = text.includes(':') ? text.replace(/%.*$/, '') : text;
  if (isIP(withoutZone) === 0) return null;
  const parsed = ipaddr.process(withoutDottedTail(withoutZone));
  return { text: parsed instanceof ipaddr.IPv6 ? parsed.toRFC5952String() : parsed.toString(), parsed };
}

/** ipaddr.js takes ::1.2.3.4 for ::ffff:1.2.3.4, which is another address; in hexadecimal it cannot. */
function withoutDottedTail(text: string): string {
  if (!text.includes(':')) return text;
  return text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
}

/** Whether the address lies in the CIDR range; false where one is IPv4 and the other IPv6. */
export function isInRange(address: IpAddress, range: readonly [ipaddr.IPv4 | ipaddr.IPv6, number]): boolean {
  const [network, prefixLength] = range;
  if (address.parsed.kind() !== network.kind()) return false;
  return (address.parsed as ipaddr.IPv6).match(network, prefixLength);
}

const NAT64_PREFIX = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/**
 * What an address stands for on the Internet: for the well-known NAT64 prefix (RFC 6052) the IPv4 address in its last
 * 32 bits, since every IPv4 host in the world shares that one /64; else itself.
 */
export function embeddedIpv4(address: IpAddress): IpAddress {
  if (!isInRange(address, NAT64_PREFIX)) return address;
  const parsed = new ipaddr.IPv4(address.parsed.toByteArray().slice(12));
  return { text: parsed.toString(), parsed };
}
