/** Addresses that the stand-in for the Geolocation API knows places of, all over the world. */
export const EXAMPLE_ADDRESSES = [
  '81.2.69.142',
  '133.11.93.0',
  '41.204.160.1',
  '200.160.2.3',
  '193.0.6.139',
  '2a00:1450:4009:80b::200e',
] as const;

/** What a newcomer may have to tell. */
export const EXAMPLE_NAMES = [
  'EC2 Instance Offline',
  'Door opened',
  'Backup finished',
  'Payment declined',
  'Hello, Whence',
];
