import { describe, expect, it } from 'vitest';
import { acceptsGzip } from './accepts-gzip.js';

describe('acceptsGzip', () => {
  it.each([
    'gzip',
    'GZIP',
    'x-gzip',
    'deflate, gzip, br',
    'gzip;q=0.001',
    'br;q=1, gzip ; Q=0.5',
    '*',
    'identity;q=0, *;q=0.5',
    'gzip, identity',
    'gzip;q=1, *;q=0',
  ])('is true for %j', (header) => expect(acceptsGzip(header)).toBe(true));

  it.each([
    undefined,
    '',
    'identity',
    'br, deflate',
    'gzip;q=0',
    'gzip;q=0.000',
    '*;q=0',
    '*, gzip;q=0',
    'gzip;q=0, *',
    'gzip;q=0.5, identity',
    'gzip;q=2',
    'gzip;q=',
    'gzip;q=-1',
    'gzipped',
  ])('is false for %j', (header) => expect(acceptsGzip(header)).toBe(false));
});
