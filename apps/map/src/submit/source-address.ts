const BYTE = '(?:0|[1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-5])';
const IPV4 = new RegExp(`^${BYTE}(?:\\.${BYTE}){3}$`);

/**
 * What is wrong with the address that an event is to come from; null for one IPv4 or IPv6 address as the service reads it. Of
 * anything else the service would not speak: it passes over a header without an address, and of several takes the last one.
 */
export function sourceAddressFault(text: string): string | null {
  return IPV4.test(text) || isIpv6(text) ? null : 'expected one IPv4 or IPv6 address, such as 81.2.69.142';
}

/** As the browser reads one in an address of the web. */
function isIpv6(text: string): boolean {
  return /^[\da-f:.]+$/i.test(text) && URL.canParse(`http://[${text}]/`);
}
