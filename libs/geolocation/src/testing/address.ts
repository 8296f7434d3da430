import { type IpAddress, parseIpAddress } from '../domain/ip-address.js';

/** The address of a text that a test knows to be one. */
export function address(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  if (parsed === null) throw new Error(`the test has "${text}" for an IP address`);
  return parsed;
}
