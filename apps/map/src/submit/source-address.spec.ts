import { isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import { sourceAddressFault } from './source-address.js';

describe('the source address of the form', () => {
  it.each([
    '81.2.69.142',
    '0.0.0.0',
    '255.249.100.9',
    '2a00:1450:4009:80b::200e',
    '::1',
    '::ffff:81.2.69.142',
    '2A00::',
  ])('may be %s', (address) => {
    expect([sourceAddressFault(address), isIP(address) > 0]).toEqual([null, true]);
  });

  it.each([
    ...['not an ip', '081.2.69.142', '81.2.69.142, 8.8.8.8', '81.2.69', '256.1.1.1', '81.2.69.142:80', '0x51.2.69.142'],
    ...['[::1]', '::1::', '1:2:3:4:5:6:7:8:9', '::1]/', '81.2.69.142.', ':', '12345::', '٨١.2.69.142', '1357990286'],
  ])('cannot be %j', (address) => {
    expect([sourceAddressFault(address), isIP(address)]).toEqual([expect.stringContaining('IPv6'), 0]);
  });
});
